/** The Rating view in a browser: by keyboard, with a finger, by two people, and for a screen reader. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { answersFile } from '../../src/journal/rating-files.ts';
import { audit, AXE } from '../helpers/audit.ts';
import { BROWSER, useBrowser, type Look } from '../helpers/browser.ts';
import { useLiveRuns } from '../helpers/live-run.ts';
import { makePageRater } from '../helpers/page-rater.ts';
import { makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';

const PHONE: Look = { width: 360, height: 740, hasTouch: true, script: AXE };
const BASICS = '--no-baselines --optimizer random --scorer manual --scorer-options manual.where=page';
const manual = (...settings: readonly string[]): string[] => [
  ...BASICS.split(' '),
  ...settings.flatMap((setting) => ['--scorer-options', `manual.${setting}`]),
];
const scoredIn = (work: WorkFolder) => work.journal().filter((record) => record.kind === 'scored');

describe.skipIf(BROWSER === undefined)('the Rating view', () => {
  const runs = useLiveRuns(20);
  const openPage = useBrowser();

  /** The view of the only run, once a picture waits. */
  async function open(url: string, waiting: number, look: Look = PHONE): Promise<Page> {
    await makePageRater(url).until((rating) => rating.waiting === waiting);
    const [{ id = '' } = {}] = (await (await fetch(`${url}api/runs`)).json()) as { id?: string }[];
    return openPage(`${url}#${id}/rating`, look);
  }
  const left = (page: Page, text: string): Promise<void> =>
    page.locator('h3 small', { hasText: text }).waitFor();

  it('is done by the keyboard alone: ratings, a typing error, undo, the prompt, a name', async () => {
    const work = makeWorkFolder();
    const search = await runs.search(work, [...manual('undo=0'), '--iterations', '1']);
    const { url } = await runs.watch(work);
    const page = await open(url, 2);
    await left(page, '2 wait');
    expect(await page.title()).toMatch(/^\(2\) O: running/);
    const [first] = (await makePageRater(url).look())?.questions ?? [];
    await expect
      .poll(() => page.evaluate("document.querySelector('.asked img').naturalWidth"))
      .toBeGreaterThan(0);
    expect(await page.locator('.asked img').getAttribute('src')).toContain(first?.id);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await audit(page)).toEqual([]);
    await page.keyboard.type('99');
    await page.keyboard.press('Enter');
    await page.getByText('99, which is not a valid answer').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.type('6.5');
    await page.keyboard.press('Enter');
    await left(page, 'the last one for now');
    await page.keyboard.press('u');
    await left(page, '2 wait');
    await page.keyboard.press('p');
    await page.locator('.prompt', { hasText: 'green hills' }).waitFor();
    // A name that is given in between goes with the answers after it.
    await page.getByRole('button', { name: 'Give one' }).click();
    await page.getByLabel('Your name').fill('Ann 7 up');
    await page.keyboard.press('Enter');
    await page.getByText('You are rating as Ann 7 up.').waitFor();
    await left(page, '2 wait');
    await page.keyboard.type('8');
    await page.keyboard.press('Enter');
    await left(page, 'the last one for now');
    await page.keyboard.type('3');
    await page.keyboard.press('Enter');
    expect(await search.end).toMatchObject({ code: 0 });
    await page.getByText('Nothing to rate: the run has ended.').waitFor();
    expect(await page.title()).toMatch(/^O: ended/);
    const [trial] = scoredIn(work);
    expect(trial).toMatchObject({ score: 5.5 });
    expect(trial?.images.map(({ answer }) => answer?.by)).toEqual(['Ann 7 up', 'Ann 7 up']);
    const journal = path.join(work.path, work.only('.journal.jsonl'));
    expect(readFileSync(answersFile(journal), 'utf8')).toContain('{"undo":true}');
  });

  it('compares pairs with a finger, and says no more than it must', async () => {
    const work = makeWorkFolder();
    const search = await runs.search(work, [...manual('undo=0', 'ask=pairs'), '--iterations', '2']);
    const { url } = await runs.watch(work);
    const page = await open(url, 2);
    await left(page, '2 wait');
    expect(await page.locator('.asked img').count()).toBe(2);
    expect(await audit(page)).toEqual([]);
    const [trial] = scoredIn(work);
    expect(trial?.images).toHaveLength(2);
    expect(await page.locator('.rating').innerHTML()).not.toMatch(/iteration|#\d|new|earlier/i);
    await page.getByRole('button', { name: 'Image 1 is better' }).tap();
    await left(page, 'the last one for now');
    // To the right: it is taken back.
    await page.evaluate(`(() => {
      const asked = document.querySelector('.asked');
      const touch = (x) => new Touch({ identifier: 1, target: asked, clientX: x, clientY: 200 });
      asked.dispatchEvent(new TouchEvent('touchstart', { bubbles: true, touches: [touch(50)], changedTouches: [touch(50)] }));
      asked.dispatchEvent(new TouchEvent('touchend', { bubbles: true, touches: [], changedTouches: [touch(250)] }));
    })()`);
    await left(page, '2 wait');
    await page.getByRole('button', { name: /^2 is much better/ }).tap();
    await left(page, 'the last one for now');
    await page.getByRole('button', { name: /^Equal/ }).tap();
    expect(await search.end).toMatchObject({ code: 0 });
    const outcomes = scoredIn(work)[1]?.images.map(({ answer }) =>
      answer !== undefined && 'outcome' in answer ? Math.abs(answer.outcome) : Number.NaN,
    );
    expect(outcomes?.toSorted()).toEqual([0, 2]);
  });

  it('waits for two people, who see each their own questions, at once', async () => {
    const work = makeWorkFolder();
    const search = await runs.search(work, [...manual('undo=0', 'people=2'), '--iterations', '1']);
    const { url } = await runs.watch(work);
    const ann = await open(url, 2);
    const bob = await open(url, 2, { ...PHONE, isDark: true });
    for (const [page, name] of [
      [ann, 'Ann'],
      [bob, '<b>Bob</b>'],
    ] as const) {
      await page.getByLabel('Your name').fill(name);
      await page.getByRole('button', { name: 'Use it' }).click();
      await left(page, '2 wait');
    }
    const rate = async (page: Page, one: string, two: string): Promise<void> => {
      await page.getByRole('button', { name: one, exact: true }).click();
      // What is pressed before the next picture is there is not meant for it.
      await left(page, 'the last one for now');
      await page.getByRole('button', { name: two, exact: true }).click();
    };
    await rate(ann, '2', '4');
    await ann.getByText('2 images that you have rated wait for other people.').waitFor();
    // The key undoes the last answer where no question is left, too.
    await ann.keyboard.press('u');
    await left(ann, 'the last one for now');
    await ann.getByRole('button', { name: '4', exact: true }).click();
    await ann.getByText('2 images that you have rated wait for other people.').waitFor();
    await left(bob, '2 wait');
    expect(await audit(bob)).toEqual([]);
    await rate(bob, '6', '8');
    expect(await search.end).toMatchObject({ code: 0 });
    await bob.getByText('<b>Bob</b>: 2 answers').waitFor();
    expect(scoredIn(work)[0]?.images[0]?.answers?.map(({ by }) => by)).toEqual(['<b>Bob</b>', 'Ann']);
  });
});
