/** Weights that are dragged in the drawing of the network become the next iteration. */
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { BROWSER, useBrowser } from '../helpers/browser.ts';
import { pageOf, useLiveRuns } from '../helpers/live-run.ts';
import { makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';

const block = (page: Page, name: string): Locator => page.locator(`.network [data-block=${name}]`);

/** The request that the run has followed, and the iteration that it became. */
function queuedIn(work: WorkFolder) {
  const records = work.journal();
  const at = records.findIndex(({ kind }) => kind === 'queued');
  const queued = records[at];
  const asked = records.slice(at + 1).find((one) => one.kind === 'asked' && one.byHand === true);
  return {
    queued: queued?.kind === 'queued' ? queued : undefined,
    asked: asked?.kind === 'asked' ? asked : undefined,
  };
}

/** Presses at the middle of an element, moves the pointer, lets go. */
async function drag(page: Page, what: Locator, right: number, down: number): Promise<void> {
  await what.scrollIntoViewIfNeeded();
  const box = await what.boundingBox();
  if (box === null) throw new Error('it is not drawn');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + right / 2, y + down / 2, { steps: 3 });
  await page.mouse.move(x + right, y + down, { steps: 3 });
  await page.mouse.up();
}

/** So that nothing moves under the pointer, and what is queued stays so. */
async function pause(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.getByText('The run is paused.').waitFor();
}

describe.skipIf(BROWSER === undefined)('weights on the page', () => {
  const runs = useLiveRuns(20);
  const open = useBrowser();

  it('are dragged, sent, and measured next', async () => {
    const work = makeWorkFolder();
    const cli = await runs.search(work, ['--page', '0']);
    const page = await open(await pageOf(cli), { expected: /404 \(Not Found\).*\/images\// });
    await cli.printed(/^3\//m);
    await pause(page);
    await block(page, 'IN04').locator('xpath=self::*[contains(@class, "movable")]').waitFor();
    await page.getByRole('slider', { name: /^IN04/ }).waitFor();
    const before = Number(await block(page, 'IN04').getAttribute('aria-valuenow'));
    // Towards the end that is farther.
    await drag(page, block(page, 'IN04'), 0, before < 0.5 ? -400 : 400);
    await page.getByText('1 weight changed:').waitFor();
    const dragged = Number(await block(page, 'IN04').getAttribute('aria-valuenow'));
    expect(dragged).toBe(before < 0.5 ? 1 : 0);
    await page.getByRole('button', { name: 'Measure next' }).click();
    await page.getByText(/^Queued: will be measured after the current iteration/).waitFor();
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    await expect.poll(() => queuedIn(work).asked).toBeDefined();
    const { queued, asked } = queuedIn(work);
    expect(queued).toMatchObject({ by: 'the page', weights: { IN04: dragged } });
    expect(asked?.weights).toEqual(queued?.weights);
    // Its row says where it came from.
    await page.getByRole('row', { name: new RegExp(`iteration ${asked?.trial} .*page`) }).waitFor();
  });

  it('are set by keys, and thrown away', async () => {
    const work = makeWorkFolder();
    const cli = await runs.search(work, ['--page', '0']);
    const page = await open(await pageOf(cli), { expected: /404 \(Not Found\).*\/images\// });
    await cli.printed(/^3\//m);
    await pause(page);
    const one = block(page, 'OUT03');
    await one.locator('xpath=self::*[contains(@class, "movable")]').waitFor();
    await one.focus();
    await page.keyboard.press('End');
    await expect.poll(() => one.getAttribute('aria-valuenow')).toBe('1');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => one.getAttribute('aria-valuenow')).toBe('0.9');
    // Away from the best, whatever that has here.
    const best = await page.evaluate(
      "document.querySelector('.network [data-block=OUT03]').getAttribute('aria-valuetext')",
    );
    await page.keyboard.press(/best 0(?:;|$)/.test(String(best)) ? 'End' : 'Home');
    await page.getByText('1 weight changed:').waitFor();
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByText('1 weight changed:').waitFor({ state: 'detached' });
    expect(queuedIn(work).queued).toBeUndefined();
  });
});
