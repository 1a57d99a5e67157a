/** A run of thousands of iterations in a browser. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeLongJournal } from '../../bench/write-long-journal.mjs';
import { BROWSER, useBrowser } from '../helpers/browser.ts';
import { listedRun, usePages } from '../helpers/page.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const BUILT = path.resolve(import.meta.dirname, '../../dist/page/live-page.html');

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
