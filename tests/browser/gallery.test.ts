/** The gallery in a browser: two iterations, the slider between them, and all iterations with pictures. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { BROWSER, useBrowser } from '../helpers/browser.ts';
import { useLiveRuns } from '../helpers/live-run.ts';
import { makeWorkFolder } from '../helpers/work-folder.ts';

const WHOLE = ['--save-images', 'all', '--iterations', '6'];

/** Pictures that have come. */
async function drawn(page: Page, within: string): Promise<number> {
  const count = `[...document.querySelectorAll('${within} img')].filter((one) => one.naturalWidth > 0).length`;
  return Number(await page.evaluate(count));
}

describe.skipIf(BROWSER === undefined)('the gallery', () => {
  const runs = useLiveRuns(5);
  const open = useBrowser();

  it('compares two iterations beside each other and with a slider, by pointer and by keys', async () => {
    const work = makeWorkFolder();
    await (
      await runs.search(work, WHOLE)
    ).end;
    const { url } = await runs.watch(work, ['O']);
    const page = await open(url);
    await page.getByRole('link', { name: 'Gallery' }).click();
    await expect.poll(() => drawn(page, '.gallery-stage')).toBe(2);
    await page.getByRole('spinbutton', { name: 'Left: number of an iteration' }).fill('3');
    await expect.poll(() => page.url()).toContain('/gallery/3/');
    await page.getByRole('button', { name: 'Slider', exact: true }).click();
    const bar = page.getByRole('slider', { name: 'Between the left and the right picture' });
    await bar.focus();
    await page.keyboard.press('Home');
    await expect.poll(() => bar.getAttribute('aria-valuenow')).toBe('0');
    await page.keyboard.press('PageUp');
    await expect.poll(() => bar.getAttribute('aria-valuenow')).toBe('10');
    const box = await page.locator('.gallery-over').boundingBox();
    if (box === null) throw new Error('the pictures are not drawn');
    await page.mouse.move(box.x + box.width * 0.25, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    await expect.poll(async () => Number(await bar.getAttribute('aria-valuenow'))).toBeGreaterThan(70);
    // A link shows the same.
    const again = await open(page.url());
    await again.getByRole('slider', { name: 'Between the left and the right picture' }).waitFor();
    await expect.poll(() => drawn(again, '.gallery-stage')).toBe(2);
  });

  it('shows all iterations, from which a click leads to the comparison', async () => {
    const work = makeWorkFolder();
    await (
      await runs.search(work, WHOLE)
    ).end;
    const { url } = await runs.watch(work, ['O']);
    const page = await open(url);
    await page.getByRole('link', { name: 'Gallery' }).click();
    await page.getByRole('link', { name: /^All \d+ with pictures$/ }).click();
    const tiles = page.locator('.gallery-wall a');
    await expect.poll(() => drawn(page, '.gallery-wall')).toBeGreaterThan(5);
    await tiles.last().click();
    await expect.poll(() => page.url()).toMatch(/\/gallery\/\d+\/best/);
    await expect.poll(() => drawn(page, '.gallery-stage')).toBe(2);
  });
});
