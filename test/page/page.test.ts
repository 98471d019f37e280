import type { KnownBlock } from '@slack/types';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Parts, panels } from '../../src/local/panels.ts';
import { chromiumPath, openBrowser } from './browser.ts';
import { type Bench, startBench } from './distill-app.ts';

describe.runIf(chromiumPath)('the page in a browser', { timeout: 30_000 }, () => {
  let browser: Browser;
  let bench: Bench;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    const parts: Partial<Parts> = {};
    bench = await startBench({ extra: panels(parts) });
    parts.slack = bench.slack;
  });
  afterEach(async () => {
    await page?.context().close();
    await bench.close();
  });

  async function visit(as = 'ana', hash = ''): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      timezoneId: 'Asia/Tokyo',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    page = await context.newPage();
    page.setDefaultTimeout(8000);
    await page.goto(`${bench.slack.url}/?as=${as}${hash}`);
    await page.locator('.composer textarea, .home').first().waitFor();
    return page;
  }

  async function openForm(): Promise<void> {
    await page.getByLabel('Message #ml-distillation').fill('/distill');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'New distillation job' }).waitFor();
  }

  const view = () => bench.slack.as('ana').views()[0];
  const value = (block: string) => view()?.values[block]?.[block]?.value;
  const seen = (look: () => boolean | undefined) => bench.slack.until(look, { ms: 8000 });

  test('a message shows its formatting, and what looks like HTML stays text', async () => {
    await bench.say([
      mrkdwn('*bold* _it_ ~no~ `code` &lt;img src=x onerror=alert(1)&gt; <@UBEN00001> <!subteam^SAPPROVE1>'),
    ]);
    await bench.say([{ type: 'header', text: { type: 'plain_text', text: '<b>header</b>' } }]);
    await visit();
    const said = page.locator('.message').first();
    await expect(said.locator('strong').allTextContents()).resolves.toEqual(['Retort', 'bold']);
    await expect(said.locator('.mention').allTextContents()).resolves.toEqual(['@ben', '@ml-approvers']);
    expect(await said.textContent()).toContain('<img src=x onerror=alert(1)>');
    expect(await page.locator('.message h3').textContent()).toBe('<b>header</b>');
    expect(await said.locator('.words img').count()).toBe(0);
  });

  test('dates are in the zone of whoever reads', async () => {
    await bench.say([mrkdwn('<!date^1772534400^{date_num} {time}|fallback>')]);
    await visit();
    expect((await page.locator('.words time').textContent())?.trim()).toBe('2026-03-03 7:40 PM');
  });

  test('what is typed stays while the form is drawn anew under the hand, and so does the caret', async () => {
    await visit();
    await openForm();
    await page.getByLabel('Steps').click();
    await page.keyboard.press('Home');
    await page.keyboard.type('1');
    await seen(() => value('steps') === '1300');
    await page.getByText('1300 steps = 65 epochs').waitFor();
    await page.keyboard.type('2');
    await page.getByText('12300 steps = 615 epochs').waitFor();
    expect(await page.getByLabel('Steps').inputValue()).toBe('12300');
    expect(await page.evaluate('document.activeElement.selectionStart')).toBe(2);
  });

  test('a redraw that comes while one types does not take away what is not yet sent', async () => {
    await visit();
    await openForm();
    const name = page.getByLabel('Model name');
    await name.pressSequentially('support-');
    await bench.slack.as('ana').choose(view()!.id, 'accelerator', 'GPU');
    await name.pressSequentially('intents');
    await page.getByText('no approval needed').waitFor();
    expect(await name.inputValue()).toBe('support-intents');
    await seen(() => value('modelName') === 'support-intents');
  });

  test('what was typed last is submitted, however soon Enter is pressed', async () => {
    await visit();
    await openForm();
    await page.getByLabel('Model name').fill('quick');
    await page.keyboard.press('Enter');
    await page.getByText('quick · 300 steps').waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(bench.slack.messages('ml-distillation')[0]?.text).toBe('quick waits for approval');
  });

  test('a field the app fills in shows what it filled in', async () => {
    await visit();
    await openForm();
    await page.getByRole('button', { name: 'Use the sample' }).click();
    await seen(() => view()?.values['dataset~1'] !== undefined);
    await page.locator('[data-block="dataset~1"]').waitFor();
    expect(await page.locator('[data-block="dataset~1"] input').inputValue()).toBe(
      'gs://cloud-samples-data/train.jsonl',
    );
  });

  test('errors stand beside their fields, and the first one has the focus', async () => {
    await visit();
    await openForm();
    await page.getByLabel('Model name').fill('x');
    await page.getByLabel('Encryption key').fill('projects/p/key');
    await page.getByRole('button', { name: 'Check and launch' }).click();
    const key = page.getByLabel('Encryption key');
    await page.getByText('CMEK works only where').waitFor();
    expect(await key.getAttribute('aria-invalid')).toBe('true');
    const error = await key.getAttribute('aria-describedby');
    expect(await page.locator(`#${error}`).textContent()).toContain('choose GPU');
    await page.waitForFunction('document.activeElement.dataset.action === "encryptionKey"');
  });

  test('a file is dropped into the form, looked at, and taken out again', async () => {
    await visit();
    await openForm();
    const drop = page.locator('input[type="file"]');
    await drop.setInputFiles({ name: 'train.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
    await page.getByText('This file type is not supported').waitFor();
    await drop.setInputFiles({ name: 'train.jsonl', mimeType: 'text/plain', buffer: Buffer.from('{}\n') });
    await page.getByText('train.jsonl').waitFor();
    expect(await drop.count()).toBe(0);
    await page.getByRole('button', { name: 'Remove train.jsonl' }).click();
    await drop.waitFor({ state: 'attached' });
    expect(view()?.values['dataset.file']?.['dataset.file']?.files).toEqual([]);
  });

  test('a modal keeps the focus, closes on Escape and gives the focus back', async () => {
    await visit();
    await openForm();
    expect(await page.evaluate('document.activeElement.dataset.action')).toBe('modelName');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    expect(await page.evaluate('document.activeElement.textContent.trim()')).toBe('Check and launch');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Close');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(view()).toBeUndefined();
    await page.waitForFunction('document.activeElement.id === "composer-channel"');
  });

  test('a button asks before it acts where it should, and an outsider learns why nothing came of it', async () => {
    const card = await bench.card();
    await visit('oz', `#/thread/${bench.slack.channel('ml-distillation').id}/${card}`);
    await page.getByRole('button', { name: 'Approve' }).click();
    const dialog = page.getByRole('dialog', { name: 'Approve 64 cores?' });
    await dialog.getByRole('button', { name: 'Not yet' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(bench.slack.as('oz').ephemerals()).toEqual([]);
    await page.getByRole('button', { name: 'Approve' }).click();
    await dialog.getByRole('button', { name: 'Approve' }).click();
    const word = page.locator('.ephemeral');
    await word.getByText('Only visible to you').waitFor();
    await page.getByRole('radio', { name: 'Ben' }).check();
    await page.getByRole('radio', { name: 'Ben', checked: true }).waitFor();
    await page.waitForFunction('document.querySelectorAll(".ephemeral").length === 0');
    await page.getByRole('radio', { name: 'Oz' }).check();
    await word.getByRole('button', { name: 'Dismiss message' }).click();
    expect(await word.count()).toBe(0);
  });

  test('what an approver decides is seen by everyone at once', async () => {
    const card = await bench.card();
    const channel = bench.slack.channel('ml-distillation').id;
    await visit('ana', `#/thread/${channel}/${card}`);
    const request = bench.slack.thread('ml-distillation', card).at(-1)!;
    await bench.slack.as('ben').press({ channel, ts: request.ts }, 'approve', { confirmed: true });
    await page.locator('.thread').getByText('✓ Approved by @ben').waitFor();
    expect(await page.locator('.thread').getByRole('button', { name: 'Approve' }).count()).toBe(0);
  });

  test('a button keeps the focus when its message is drawn anew', async () => {
    const ts = await bench.say([mrkdwn('before'), button()]);
    await visit();
    await page.getByRole('button', { name: 'Drop' }).focus();
    const client = bench.slack.channel('ml-distillation').id;
    await fetch(`${bench.slack.apiUrl}chat.update`, {
      method: 'POST',
      headers: { authorization: 'Bearer xoxb-the-token', 'content-type': 'application/json' },
      body: JSON.stringify({ channel: client, ts, text: 'after', blocks: [mrkdwn('after'), button()] }),
    });
    await page.locator('.words').getByText('after').waitFor();
    expect(await page.evaluate('document.activeElement.dataset.action')).toBe('drop');
  });

  test('a menu is opened, walked and left with keys, and its choice reaches the app', async () => {
    await bench.card();
    await visit();
    await page.getByRole('button', { name: 'More' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate('document.activeElement.textContent.trim()')).toBe('Request (JSON, curl)');
    await page.keyboard.press('Escape');
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('More');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Request' });
    await dialog.getByRole('button', { name: 'Copy' }).click();
    await dialog.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toContain('"train_steps": 300');
  });

  test('a picture has its words, and grows when it is pressed', async () => {
    await bench.card();
    await visit();
    const words = 'Loss falls from 1.9 to 0.7 over 180 steps; token accuracy rises to 86 %.';
    await page.getByRole('button', { name: words }).click();
    const large = page.locator('.lightbox img');
    await large.waitFor();
    expect(await large.getAttribute('alt')).toBe(words);
    await page.keyboard.press('Escape');
    await large.waitFor({ state: 'detached' });
  });

  test('Enter sends a message with its mentions, Shift and Enter make a new line', async () => {
    await visit();
    await page.getByLabel('Message #ml-distillation').focus();
    await page.keyboard.type('@ben look at <this>');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('please');
    await page.keyboard.press('Enter');
    await page.locator('.message').getByText('please').waitFor();
    expect(bench.slack.messages('ml-distillation')[0]?.text).toBe('<@UBEN00001> look at &lt;this&gt;\nplease');
  });

  test('a command is completed from its first letters, and refused in a thread', async () => {
    const card = await bench.card();
    await visit('ana', `#/thread/${bench.slack.channel('ml-distillation').id}/${card}`);
    await page.getByLabel('Message #ml-distillation').fill('/distill he');
    await page.keyboard.press('Enter');
    expect(await page.getByLabel('Message #ml-distillation').inputValue()).toBe('/distill help');
    await page.keyboard.press('Enter');
    await page.locator('.ephemeral').getByText('opens the form').waitFor();
    await page.getByLabel('Reply in this thread').fill('/distill');
    await page.keyboard.press('Enter');
    await page.getByText('/distill is not supported in threads.').waitFor();
    await page.getByRole('button', { name: 'Close thread' }).focus();
    await page.keyboard.press('Escape');
    await page.locator('.thread').waitFor({ state: 'detached' });
  });

  test('whoever is spoken to elsewhere gets a notification that leads there', async () => {
    await visit('ben', `#/archives/${bench.slack.channel('general').id}`);
    await bench.card();
    const toast = page.locator('.toast', { hasText: 'Ana asks for 64 TPU v3 cores' });
    await toast.locator('strong').getByText('Retort in a thread of #ml-distillation').waitFor();
    expect(await page.title()).toContain('(2)');
    expect((await toast.boundingBox())!.height).toBeLessThan(120);
    await toast.locator('.toast-open').click();
    await page.locator('.thread').getByRole('button', { name: 'Approve' }).waitFor();
    expect(await page.title()).toBe('Acme, as Ben');
  });

  test('a link to a reply opens its thread and points at it', async () => {
    const card = await bench.card();
    const reply = bench.slack.thread('ml-distillation', card).at(-1)!;
    await visit('ana');
    await page.goto(bench.slack.permalink('ml-distillation', reply.ts));
    await page.locator('.thread .marked').waitFor();
    expect(await page.locator('.thread .marked').getAttribute('data-ts')).toBe(reply.ts);
  });

  test('App Home is drawn for each person when they open it', async () => {
    await visit('ben', '#/home');
    await page.locator('.home').getByText('@ana asks for 64 TPU v3 cores').waitFor();
    await page.getByRole('link', { name: 'Messages' }).click();
    await page.getByText('Nothing from Retort yet').waitFor();
  });

  test('the drawer shows what was sent and received, bodies when asked', async () => {
    await visit();
    await openForm();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Behind the scenes' }).click();
    const opened = page.locator('.exchange', { hasText: 'views.open' });
    await opened.waitFor();
    expect(await opened.locator('pre').count()).toBe(0);
    await opened.locator('summary').click();
    await opened.locator('pre').first().getByText('"callback_id": "distill"').waitFor();
    await page.getByLabel('Filter by name').fill('view_closed');
    await opened.waitFor({ state: 'detached' });
  });

  test('a switch in the drawer makes something go wrong, and right again', async () => {
    await visit();
    await page.getByRole('button', { name: 'Behind the scenes' }).click();
    const limit = page.getByRole('switch', { name: 'Slack limits the rate' });
    const status = async () => (await fetch(`${bench.slack.apiUrl}api.test`, { method: 'POST' })).status;
    await limit.click();
    await page.getByRole('switch', { name: 'Slack limits the rate', checked: true }).waitFor();
    expect(await status()).toBe(429);
    await limit.click();
    await page.getByRole('switch', { name: 'Slack limits the rate', checked: false }).waitFor();
    expect(await status()).toBe(200);
  });

  test('a long message shows its beginning in the channel, and the whole in its thread', async () => {
    const long = await bench.say(Array.from({ length: 20 }, (_, i) => mrkdwn(`${i}: ${'word '.repeat(60)}`)));
    await visit('ana', `#/thread/${bench.slack.channel('ml-distillation').id}/${long}`);
    const height = async (place: string) => (await page.locator(`${place} .message .said`).boundingBox())!.height;
    const folded = await height('.place');
    expect(folded).toBeLessThan(await height('.thread'));
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByRole('button', { name: 'Show less' }).waitFor();
    expect(await height('.place')).toBeGreaterThan(folded);
  });

  test('the chosen theme is kept', async () => {
    await visit();
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.getByRole('button', { name: 'Theme: auto' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    expect(await ground()).not.toBe(light);
    await page.reload();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    expect(await ground()).not.toBe(light);
  });
});

function mrkdwn(text: string): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text } };
}

function button(): KnownBlock {
  return {
    type: 'actions',
    elements: [{ type: 'button', action_id: 'drop', text: { type: 'plain_text', text: 'Drop' } }],
  };
}
