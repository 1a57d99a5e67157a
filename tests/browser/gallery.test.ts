/** The gallery in a browser: two pictures beside each other and behind a slider, the wall, what is not kept. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { runId } from '../../src/page/watched-run.ts';
import { takeLock } from '../../src/shared/process/process-lock.ts';
import { BROWSER, useBrowser } from '../helpers/browser.ts';
import { galleryRun, type GalleryRunParts } from '../helpers/gallery-run.ts';
import { listedRun, usePages } from '../helpers/page.ts';

const BUILT = path.resolve(import.meta.dirname, '../../dist/page/live-page.html');

const captions = async (page: Page): Promise<readonly string[]> =>
  page.locator('.gallery-stage .gallery-caption').allTextContents();
const hash = (page: Page): string => new URL(page.url()).hash.replace(/^#[0-9a-f]+/, '');

describe.skipIf(BROWSER === undefined)('the gallery', () => {
  const serve = usePages();
  const open = useBrowser();

  async function gallery(parts: GalleryRunParts = {}, place = '', look = {}): Promise<Page> {
    const { journal } = await galleryRun(parts);
    const { url } = await serve({ list: () => [listedRun(journal)], file: BUILT });
    return open(`${url}#${runId(journal)}/gallery${place}`, look);
  }

  it('compares the strongest thing to beat with the best, and goes through the pictures by keys', async () => {
    const page = await gallery();
    const stage = page.getByRole('group', { name: /^Two images: coast, seed 1$/ });
    await stage.focus();
    // Scores come a moment after the images.
    await expect.poll(() => captions(page)).toEqual(['half of each 0.1300', 'best, iteration #5 0.9000']);
    await page.keyboard.press('ArrowRight');
    await page.getByRole('group', { name: /^Two images: coast, seed 2$/ }).waitFor();
    expect(hash(page)).toBe('/gallery/half/best?picture=1');
    await page.keyboard.press('[');
    await expect.poll(() => hash(page)).toBe('/gallery/half/4?picture=1');
    await page.getByText(/better on 4 of 4 images/).waitFor();
    await page.reload();
    await expect.poll(() => captions(page)).toEqual(['half of each 0.1400', 'iteration #4 0.1500']);
  });

  it('has a slider for keys and pointer, and changes the pictures over while a key is held', async () => {
    const page = await gallery({}, '/A/best?as=slider');
    const slider = page.getByRole('slider');
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => slider.getAttribute('aria-valuetext')).toBe('52 % left, 48 % right');
    await page.keyboard.press('Home');
    await expect.poll(() => slider.getAttribute('aria-valuenow')).toBe('0');
    const box = await page.locator('.gallery-over').boundingBox();
    if (box === null) throw new Error('there is no picture');
    const drag = async (): Promise<string | null> => {
      await page.mouse.move(box.x + 5, box.y + 5);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.75, box.y + 9);
      await page.mouse.up();
      return slider.getAttribute('aria-valuenow');
    };
    // The next pair may come while the pointer is down, and begins in the middle.
    await expect.poll(drag).toBe('75');
    await expect.poll(async () => (await captions(page)).every((text) => /\d$/.test(text))).toBe(true);
    const before = await captions(page);
    await page.keyboard.down('f');
    await expect.poll(() => captions(page)).toEqual(before.toReversed());
    await page.keyboard.up('f');
    await expect.poll(() => captions(page)).toEqual(before);
    const hold = page.getByRole('button', { name: 'Hold to flip' });
    await hold.focus();
    await page.keyboard.down(' ');
    await expect.poll(() => captions(page)).toEqual(before.toReversed());
    await page.keyboard.up(' ');
    await expect.poll(() => captions(page)).toEqual(before);
  });

  it('shows one pixel of the picture as one of the screen, and fills the window', async () => {
    const page = await gallery({}, '/A/best?as=slider', { width: 700 });
    const first = page.locator('.gallery-over img').first();
    const width = async (): Promise<number | undefined> => (await first.boundingBox())?.width;
    await page.getByRole('button', { name: '1:1' }).click();
    await expect.poll(width).toBe(96);
    await page.getByRole('button', { name: '1:1' }).click();
    await page.getByRole('button', { name: 'Full screen' }).click();
    await expect.poll(async () => (await page.locator('.gallery-stage').boundingBox())?.width).toBe(700);
    await expect.poll(width).toBeGreaterThan(500);
    await page.getByRole('button', { name: 'Full screen' }).click();
    await page.locator('.gallery-stage.full').waitFor({ state: 'detached' });
  });

  it('shows pictures that come while it is open', async () => {
    const { journal, images } = await galleryRun({ isKept: (trial) => trial !== 6 });
    writeFileSync(journal, readFileSync(journal, 'utf8').replace(/^.*"kind":"stopped".*\n/m, ''));
    const lock = takeLock(`${journal}.lock`);
    try {
      const { url } = await serve({ list: () => [listedRun(journal)], file: BUILT });
      const page = await open(`${url}#${runId(journal)}/gallery/wall`);
      await page.getByText('6 of 7 iterations and baselines have kept images.').waitFor();
      copyFileSync(path.join(images, '5-coast-1-1.webp'), path.join(images, '6-coast-1-1.webp'));
      await page.getByText('7 of 7 iterations and baselines have kept images.').waitFor();
      await expect.poll(() => page.locator('.gallery-wall li').count()).toBe(7);
    } finally {
      lock.release();
    }
  });

  it('says what is not kept and what would have kept it, and asks for no such picture', async () => {
    const page = await gallery(
      { saveImages: 'best', isKept: (trial) => trial < 4 || trial === 5 },
      '/6/best',
    );
    await page.getByText('iteration #6: its images were not kept.').waitFor();
    await page.getByText('with all, those of every iteration').waitFor();
    await expect.poll(() => page.getByText('not kept', { exact: true }).count()).toBe(5);
    await page.getByRole('link', { name: 'All 4 with images' }).click();
    await page.getByText('4 of 7 iterations and baselines have kept images.').waitFor();
  });

  it('shows how both pictures were made, hostile words as words', async () => {
    const page = await gallery(
      { infotext: '<b id=evil>x</b>\nSteps: 4, Sampler: "<script>a, b</script>"', payload: '<img src=x>' },
      '/A/best',
    );
    await page.getByText('How these two images were made').click();
    await page.getByText('<script>a, b</script>').first().waitFor();
    await page.getByText('a1111 1.10, merged by runtime-block-merge').first().waitFor();
    expect(await page.locator('#evil').count()).toBe(0);
    const weights = await page.getByRole('textbox', { name: 'Weights by block' }).last().inputValue();
    expect(weights).toMatch(/^IN00=0\.05,IN01=0\.05,/);
  });

  it('compares on fresh seeds', async () => {
    const page = await gallery();
    await page.getByRole('link', { name: 'On fresh seeds' }).click();
    await page.getByText('Fresh images, with seeds the search never used.').waitFor();
    await expect.poll(() => captions(page)).toEqual(['model A 0.1100', 'best, iteration #5 0.9000']);
    await page.getByRole('group', { name: /seed 900$/ }).waitFor();
  });

  it('has a wall of which only what is near is there, and a tile that leads to the comparison', async () => {
    const page = await gallery({ iterations: 400, isKept: (_, slot) => slot === 0 }, '/wall?by=oldest', {
      width: 360,
      hasTouch: true,
    });
    const tiles = page.locator('.gallery-wall li');
    await tiles.first().waitFor();
    expect(await tiles.count()).toBeLessThan(80);
    await tiles.first().getByRole('link').focus();
    for (let row = 0; row < 12; row++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    const focused = 'document.activeElement.closest("li")?.getAttribute("aria-posinset")';
    await expect.poll(() => page.evaluate(focused)).toBe('38');
    await page.evaluate('scrollTo(0, document.body.scrollHeight)');
    const last = page.locator('.gallery-wall li[aria-posinset="403"]');
    await last.waitFor();
    expect(await tiles.count()).toBeLessThan(80);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    await last.getByRole('link').click();
    await expect.poll(() => captions(page)).toEqual(['iteration #403 0.1300', 'best, iteration #5 0.9000']);
    const stage = page.locator('.gallery-stage');
    await expect.poll(async () => (await stage.boundingBox())?.y).toBeLessThan(500);
    expect(await page.evaluate('document.activeElement.className')).toBe('gallery-stage');
    await page.goBack();
    await last.waitFor();
  });
});
