import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../src/local/stack.ts';
import { startStack } from '../../src/local/stack.ts';
import { chromiumPath, openBrowser } from './browser.ts';

const channel = 'ml-distillation';
const picture = fileURLToPath(new URL('main-job.png', import.meta.url));

describe.runIf(chromiumPath)('the main job, by hand in a browser', { timeout: 90_000 }, () => {
  let browser: Browser;
  let stack: Stack;
  let page: Page;

  beforeAll(async () => {
    stack = await startStack({ speed: 1200, slack: { rateLimits: false } });
    browser = await openBrowser();
    page = await browser.newPage({
      viewport: { width: 1440, height: 960 },
      timezoneId: 'Europe/Paris',
      colorScheme: 'light',
    });
    page.setDefaultTimeout(20_000);
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.close();
  });

  test('is asked for by one person, approved by another, and ends with curves and the tuned model’s name', async () => {
    const { slack, buckets } = stack;
    await page.goto(`${slack.url}/?as=ana`);
    await page.getByLabel(`Message #${channel}`).fill('/distill');
    await page.keyboard.press('Enter');
    const form = page.getByRole('dialog', { name: 'New distillation job' });
    await form.getByLabel('Model name').fill('support-intents-v3');
    await form.getByRole('radio', { name: 'Classification' }).click();
    await form.getByText('200 to 1,000 steps').waitFor();
    await form.getByLabel('Dataset', { exact: false }).first().fill(`gs://${buckets.datasets}/support/train.jsonl`);
    await form.getByText('420 rows, all labelled').waitFor();
    await form.getByRole('radio', { name: /TPU/ }).click();
    await form.getByText('batch size 24 · needs approval').waitFor();
    await form
      .getByLabel('Evaluation dataset', { exact: false })
      .first()
      .fill(`gs://${buckets.datasets}/support/eval.jsonl`);
    await form.getByText('60 rows, all labelled').waitFor();
    await form.getByRole('button', { name: 'Check and launch' }).click();
    await form.waitFor({ state: 'detached' });

    await page.getByRole('radio', { name: 'Ben' }).click();
    await page.locator('.replies').first().click();
    const thread = page.locator('.thread');
    await thread.getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await thread.getByText('✓ Approved by').waitFor();

    await page.getByRole('radio', { name: 'Ana' }).click();
    if (!(await thread.isVisible())) await page.locator('.replies').first().click();
    const drawn = page.locator('main img[alt^="Curves of support-intents-v3"]').first();
    await drawn.waitFor({ timeout: 60_000 });
    await thread.getByText('TextGenerationModel').first().waitFor();
    await expect.poll(() => drawn.evaluate((image: { naturalWidth: number }) => image.naturalWidth)).toBe(1200);
    expect(await thread.textContent()).toMatch(/projects\/\d+\/locations\/us-central1\/models\/\d+/);

    for (const close of await page.getByRole('button', { name: 'Dismiss' }).all()) await close.click().catch(() => {});
    await page.locator('main .message').first().scrollIntoViewIfNeeded();
    await thread.getByText('✓ Approved by').scrollIntoViewIfNeeded();
    await page.screenshot({ path: picture });
  });
});
