/** The Live view in a browser while a search goes on. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { controlFile } from '../../src/journal/control.ts';
import { takeLock } from '../../src/shared/process/process-lock.ts';
import { BROWSER, useBrowser } from '../helpers/browser.ts';
import { folderWithRun, pageOf, useLiveRuns } from '../helpers/live-run.ts';
import { makeWorkFolder } from '../helpers/work-folder.ts';

/** A server that is not there, on purpose: what a browser calls it depends on the moment. */
const LOST = /net::ERR_/;
/** Pictures that are no longer kept. */
const GONE = /404 \(Not Found\).*\/images\//;

const state = (page: Page, name: string): Promise<void> => page.locator(`h1 .state.${name}`).waitFor();
const rows = (page: Page) => page.locator('section[aria-labelledby=trials] tbody tr');
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });

/** Iterations that are done, as the page says. */
async function done(page: Page): Promise<number> {
  const text = (await page.locator('.facts dd').first().textContent()) ?? '';
  return Number.parseInt(text, 10);
}

/** A reload would lose it. */
const mark = (page: Page): Promise<unknown> => page.evaluate('window.isMarked = true');
const isMarked = (page: Page): Promise<unknown> => page.evaluate('window.isMarked === true');

describe.skipIf(BROWSER === undefined)('the Live view', () => {
  const runs = useLiveRuns(20);
  const open = useBrowser();

  it('shows scores and pictures of a search as they come, without a reload', async () => {
    const work = makeWorkFolder();
    const cli = await runs.search(work, ['--page', '0', '--save-images', 'all']);
    const page = await open(await pageOf(cli));
    await state(page, 'running');
    await mark(page);
    await expect.poll(() => done(page)).toBeGreaterThan(2);
    await page.locator('path.best-line[d^=M]').waitFor({ state: 'attached' });
    const shape = page.locator('path.points');
    const before = await shape.getAttribute('d');
    const first = await done(page);
    await expect.poll(() => done(page)).toBeGreaterThan(first + 1);
    expect(await shape.getAttribute('d')).not.toBe(before);
    expect(await page.title()).toMatch(/^O: running, \d+\/500, best /);
    expect(await rows(page).count()).toBeGreaterThan(3);
    const drawn =
      '[...document.querySelectorAll(".pictures img")].filter((one) => one.naturalWidth > 0).length';
    await expect.poll(() => page.evaluate(drawn)).toBeGreaterThan(1);
    expect(await isMarked(page)).toBe(true);
  });

  it('pauses, rejects, goes on and stops a search of another process', async () => {
    const work = makeWorkFolder();
    const cli = await runs.search(work);
    await cli.printed(/^4\//m);
    const { url } = await runs.watch(work);
    const page = await open(url, { expected: GONE });
    await state(page, 'running');
    await button(page, 'Pause').click();
    await state(page, 'paused');
    // Once it rests, nothing is asked any more, and nothing is drawn.
    await page.getByText(/^Pausing after/).waitFor({ state: 'detached' });
    await page.getByText('The run is paused.').waitFor();
    expect(await page.locator('.facts dt', { hasText: 'Now' }).count()).toBe(0);
    const paused = await done(page);
    const reject = page.getByRole('button', { name: /^Reject #\d+$/ });
    const [, id = ''] = /#(\d+)/.exec((await reject.textContent()) ?? '') ?? [];
    await reject.click();
    await button(page, 'Keep it').click();
    await reject.click();
    await button(page, `Really reject #${id}?`).click();
    await button(page, 'Continue').click();
    await state(page, 'running');
    await page.getByText(new RegExp(`Iteration ${id} was rejected by`)).waitFor();
    await expect.poll(() => done(page)).toBeGreaterThan(paused);
    // It asks again, and takes no for an answer.
    await button(page, 'Stop').click();
    await button(page, 'No').click();
    await button(page, 'Stop').click();
    await button(page, 'Really stop?').click();
    await state(page, 'ended');
    expect((await cli.end).code).toBe(130);
    expect(await page.locator('.controls button').count()).toBe(0);
  });

  it.skipIf(process.platform === 'win32')(
    'survives the kill and the resumption of the run, and the restart of its own server',
    async () => {
      const work = makeWorkFolder();
      const cli = await runs.search(work);
      await cli.printed(/^3\//m);
      const { cli: watch, url } = await runs.watch(work);
      const page = await open(url, { expected: new RegExp(`${GONE.source}|${LOST.source}`) });
      await state(page, 'running');
      await mark(page);
      cli.child.kill('SIGKILL');
      await cli.end;
      await state(page, 'dead');
      const left = await done(page);
      runs.start(work, ['resume', 'O']);
      await state(page, 'running');
      await expect.poll(() => done(page)).toBeGreaterThan(left);
      watch.child.kill('SIGKILL');
      await watch.end;
      await page.getByText('Lost the connection to autombw').waitFor();
      const lost = await done(page);
      await runs.watch(work, ['--port', new URL(url).port]);
      await page.getByText('Lost the connection to autombw').waitFor({ state: 'detached' });
      await expect.poll(() => done(page)).toBeGreaterThan(lost);
      expect(await isMarked(page)).toBe(true);
    },
  );

  it('shows a run on a phone: scores, weights, iterations; asks the run to pause', async () => {
    const work = folderWithRun();
    const { url } = await runs.watch(work, ['O']);
    const page = await open(url, { width: 320, expected: GONE });
    await page.locator('path.best-line[d^=M]').waitFor({ state: 'attached' });
    expect(await page.locator('.network .block').count()).toBeGreaterThan(20);
    expect(await rows(page).locator('button.link').count()).toBeGreaterThan(3);
    expect(await page.title()).toMatch(/^O: (?:ended|dead), \d/);
    expect(await page.locator('.controls').count()).toBe(0);
    // A run that somebody writes has buttons.
    const journal = work.journalFile;
    writeFileSync(journal, readFileSync(journal, 'utf8').replace(/^.*"kind":"stopped".*\n/m, ''));
    const lock = takeLock(`${journal}.lock`);
    try {
      await button(page, 'Pause').click();
      await page.getByText(/^Pausing after/).waitFor();
      expect(readFileSync(controlFile(journal), 'utf8')).toContain('"request":"pause"');
    } finally {
      lock.release();
    }
  });
});
