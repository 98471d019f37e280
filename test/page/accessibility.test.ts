import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Parts, panels } from '../../src/local/panels.ts';
import { startVertex, type VertexStandIn } from '../../src/local/vertex/server.ts';
import { chromiumPath, openBrowser } from './browser.ts';
import { type Bench, startBench } from './distill-app.ts';

describe.runIf(chromiumPath)('axe finds nothing serious', { timeout: 30_000 }, () => {
  let browser: Browser;
  let bench: Bench;
  let vertex: VertexStandIn;
  let axe: string;

  beforeAll(async () => {
    const parts: Partial<Parts> = {};
    bench = await startBench({ extra: panels(parts) });
    vertex = await startVertex({ storageUrl: 'http://127.0.0.1:9', issued: () => true });
    const scheduler = { knock: async () => ({ status: 200, body: '' }), pause: () => {}, resume: () => {} };
    Object.assign(parts, { slack: bench.slack, vertex, scheduler, restart: async () => {} } satisfies Parts);
    bench.slack.as('ana').say('ml-distillation', 'Good morning, see `quota` and <#CGENERAL1>');
    await bench.card();
    browser = await openBrowser();
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([bench.close(), vertex.close()]);
  });

  const places: Record<string, (page: Page) => Promise<void>> = {
    'a channel with a message only for oneself': async page => {
      await page.getByLabel('Message #ml-distillation').fill('/distill help');
      await page.keyboard.press('Enter');
      await page.locator('.ephemeral').first().waitFor();
    },
    'an open thread and the commands on offer': async page => {
      await page.locator('.replies').click();
      await page.locator('.thread .message').last().waitFor();
      await page.getByLabel('Message #ml-distillation').fill('/distill ');
      await page.locator('.hints').waitFor();
    },
    'a form with errors': async page => {
      await page.getByLabel('Message #ml-distillation').fill('/distill');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.getByRole('button', { name: 'Check and launch' }).click();
      await page.locator('.field .error').waitFor();
    },
    'a confirmation': async page => {
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('dialog').waitFor();
    },
    'an open menu': async page => {
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('menu').waitFor();
    },
    'an enlarged picture': async page => {
      await page.locator('.enlarge').click();
      await page.locator('.lightbox img').waitFor();
    },
    'App Home': async page => {
      await page.getByRole('link', { name: 'Retort Home' }).click();
      await page.locator('.home .block').first().waitFor();
    },
    'the drawer with an exchange laid open': async page => {
      await page.getByRole('button', { name: 'Behind the scenes' }).click();
      await page.locator('.exchange summary').first().click();
      await page.locator('.bodies').waitFor();
      await page.locator('.panel').last().waitFor();
    },
  };

  for (const [name, arrange] of Object.entries(places))
    test(`in ${name}, light and dark`, async () => {
      const context = await browser.newContext({
        colorScheme: 'light',
        viewport: { width: 1280, height: 800 },
        reducedMotion: 'reduce',
      });
      try {
        const page = await context.newPage();
        page.setDefaultTimeout(8000);
        await page.goto(bench.slack.url);
        await page.locator('.message img.avatar').first().waitFor();
        await arrange(page);
        await page.evaluate(axe);
        const light = await serious(page);
        await page.emulateMedia({ colorScheme: 'dark' });
        expect({ light, dark: await serious(page) }).toEqual({ light: [], dark: [] });
      } finally {
        await context.close();
        const ana = bench.slack.as('ana');
        for (const one of ana.views()) await ana.close(one.id);
      }
    });
});

async function serious(page: Page): Promise<string[]> {
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(node => `${node.html} ${node.failureSummary}`).join('\n')}`);
}
