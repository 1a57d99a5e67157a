/** What the optimizer believes, in a browser: figures for pointer and keys. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeLongJournal } from '../../bench/long-journal.mjs';
import { BROWSER, useBrowser } from '../helpers/browser.ts';
import { listedRun, usePages } from '../helpers/page.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const BUILT = path.resolve(import.meta.dirname, '../../dist/page/live-page.html');

describe.skipIf(BROWSER === undefined)('the beliefs', () => {
  const serve = usePages();
  const open = useBrowser();

  it('are figures that open by a key, close by another, and show what is asked for', async () => {
    const { file } = writeLongJournal(temporaryFolder('beliefs'), { trials: 60, dimensions: 27, images: 2 });
    const { url } = await serve({ list: () => [{ ...listedRun(file), state: 'ended' }], file: BUILT });
    const page = await open(url, { expected: /404 \(Not Found\).*\/images\// });
    await page.getByRole('link', { name: 'Beliefs' }).click();
    await page.getByRole('heading', { name: 'What it expects of every weight' }).waitFor();
    const slice = page.locator('.slices button').first();
    await slice.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate("document.activeElement.closest('.slices') !== null")).toBe(true);
    const lines = page.getByRole('group', { name: 'Lines to show' });
    await lines.getByLabel('from').fill('0.9');
    await page.keyboard.press('Tab');
    await page.getByText(/\d+ of \d+ lines go through\./).waitFor();
    await page.getByRole('button', { name: 'Show all lines' }).click();
    await page.getByText(/lines go through\./).waitFor({ state: 'detached' });
  });
});

describe.skipIf(BROWSER === undefined)('a run of 5 000 iterations', () => {
  const serve = usePages();
  const open = useBrowser();

  it('is drawn without an element an iteration, and with the first rows of its table', async () => {
    const { file } = writeLongJournal(temporaryFolder('long'), { trials: 5000, dimensions: 20, images: 12 });
    const { url } = await serve({ list: () => [listedRun(file)], file: BUILT });
    const page = await open(url, { expected: /404 \(Not Found\).*\/images\// });
    await page.locator('path.best-line[d^=M]').waitFor({ state: 'attached' });
    expect(await page.locator('section[aria-labelledby=trials] tbody tr').count()).toBe(50);
    expect(Number(await page.evaluate("document.querySelectorAll('*').length"))).toBeLessThan(2000);
    await page.getByRole('button', { name: /^Show more/ }).click();
    await expect.poll(() => page.locator('section[aria-labelledby=trials] tbody tr').count()).toBe(250);
  });
});
