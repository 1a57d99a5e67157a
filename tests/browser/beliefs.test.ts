/** What the optimizer believes, in a browser: bars, drawings that open, lines that are filtered by pointer and by keyboard. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { runId } from '../../src/page/watched-run.ts';
import { blockJournal } from '../helpers/block-journal.ts';
import { BROWSER, useBrowser, type Look } from '../helpers/browser.ts';
import { listedRun, usePages } from '../helpers/page.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const BUILT = path.resolve(import.meta.dirname, '../../dist/page/live-page.html');

describe.skipIf(BROWSER === undefined)('the beliefs', () => {
  const serve = usePages();
  const open = useBrowser();

  async function beliefs(iterations: number, look: Look = {}): Promise<Page> {
    const journal = path.join(temporaryFolder('beliefs'), 'O.journal.jsonl');
    const records = blockJournal(iterations, (weights) => 5 - 3 * (weights['IN04'] ?? 0));
    writeFileSync(journal, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const { url } = await serve({ list: () => [listedRun(journal)], file: BUILT });
    const page = await open(`${url}#${runId(journal)}/beliefs`, look);
    await page.getByRole('heading', { name: 'Explored ranges' }).waitFor();
    return page;
  }

  it('rank the weights, all of them reachable, and open a drawing by keyboard', async () => {
    const page = await beliefs(30);
    const bars = page.locator('.importance li');
    expect(await bars.first().textContent()).toMatch(/^IN04\d+ %/);
    await page.getByRole('button', { name: 'Show all 26' }).first().click();
    await expect.poll(async () => bars.count()).toBe(26);
    const drawing = page.getByRole('button', { name: /^IN04 ?: the highest score is expected at 0/ });
    await drawing.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('heading', { name: 'IN04' }).waitFor();
    await page.getByRole('dialog').getByText('Expected score by IN04 as a table').click();
    await expect.poll(async () => page.getByRole('dialog').locator('tbody tr').count()).toBe(17);
    await page.getByRole('button', { name: 'Next weight' }).click();
    await expect
      .poll(async () => page.getByRole('dialog').getByRole('heading').textContent())
      .not.toBe('IN04');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await drawing.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it('fade the lines that do not go through a range, drawn along an axis or given by number', async () => {
    const page = await beliefs(60);
    const faded = page.locator('.parallel .line.faded');
    const grip = page.locator('.parallel .grip').first();
    await grip.scrollIntoViewIfNeeded();
    const box = await grip.boundingBox();
    if (box === null) throw new Error('there is no axis');
    const x = box.x + box.width / 2;
    await page.mouse.move(x, box.y + 2);
    await page.mouse.down();
    await page.mouse.move(x, box.y + box.height * 0.2);
    await page.mouse.move(x, box.y + box.height * 0.45);
    await page.mouse.up();
    const through = page.getByText(/^Lines shown: \d of 7\./);
    await through.waitFor();
    await expect
      .poll(async () => faded.count())
      .toBe(7 - Number(/\d/.exec((await through.textContent()) ?? '')?.[0]));
    await page.getByRole('button', { name: /^IN00 .*: remove$/ }).click();
    await expect.poll(async () => faded.count()).toBe(0);
    await page.getByLabel('Only lines with').selectOption('IN04');
    const from = page.getByLabel('from', { exact: true });
    await from.fill('0.9');
    await from.press('Enter');
    await page.getByText(/^Lines shown: 0 of 7\./).waitFor();
    await page.getByRole('button', { name: 'Show all lines' }).click();
    await expect.poll(async () => faded.count()).toBe(0);
    await page.getByText('The best iterations as a table').click();
    await page
      .getByRole('button', { name: /^Show iteration/ })
      .nth(2)
      .press('Enter');
    await expect.poll(async () => page.locator('.parallel .line.chosen').count()).toBe(1);
  });

  it('say what is missing, on a narrow phone without anything beside it', async () => {
    const page = await beliefs(5, { width: 360, isDark: true });
    await page.getByText(/but 16 are needed\. 8 more iterations with a score/).waitFor();
    await expect.poll(async () => page.locator('.slices').count()).toBe(0);
    // Blocks that share a weight have a name of many words.
    await page.evaluate(() => {
      for (const option of document.querySelectorAll('.ranges option'))
        option.textContent = Array.from({ length: 27 }, (_, n) => `IN${n}`).join('+');
    });
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(wide).toBeLessThanOrEqual(room ?? 0);
  });
});
