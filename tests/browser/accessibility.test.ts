/** Every view, in every state of a run: what axe-core finds, what the keyboard reaches, and what fits on the screen. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { audit, AXE } from '../helpers/audit.ts';
import { BROWSER, useBrowser, type Look } from '../helpers/browser.ts';
import { folderWithRun, pageOf, useLiveRuns } from '../helpers/live-run.ts';
import { makeWorkFolder } from '../helpers/work-folder.ts';

const WITH_AXE: Look = { script: AXE, expected: /404 \(Not Found\).*\/images\// };
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1200, height: 900 };

/** Goes through all views of the run that is shown. */
async function inEveryView(page: Page, look: (view: string) => Promise<void>): Promise<readonly string[]> {
  const links = page.getByRole('navigation', { name: 'Views' }).getByRole('link');
  await links.first().waitFor();
  const names = await links.allTextContents();
  for (const name of names) {
    await links.filter({ hasText: name }).click();
    await page
      .getByRole('navigation', { name: 'Views' })
      .locator('[aria-current=page]', { hasText: name })
      .waitFor();
    await settled(page);
    await look(name);
  }
  return names;
}

/** Whatever a view loads first is there, or said not to be. */
async function settled(page: Page): Promise<void> {
  await page.getByText(/^(?:Loading|Connecting|Computing).* …$/).waitFor({ state: 'detached' });
}

async function auditIn(
  page: Page,
  name: string,
  size: typeof PHONE,
  isDark: boolean,
): Promise<readonly string[]> {
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: isDark ? 'dark' : 'light' });
  const found = await audit(page);
  return found.map((line) => `${name}, ${size.width} px${isDark ? ', dark' : ''}: ${line}`);
}

/** A small screen in the dark and a large one by day. */
async function auditViews(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  await inEveryView(page, async (name) => {
    found.push(...(await auditIn(page, name, PHONE, true)), ...(await auditIn(page, name, DESK, false)));
  });
  return found;
}

describe.skipIf(BROWSER === undefined)('axe-core finds nothing', () => {
  const runs = useLiveRuns(20);
  const open = useBrowser();

  it('but what is put there', async () => {
    const page = await open((await runs.watch(makeWorkFolder())).url, WITH_AXE);
    await page.getByText('No runs here yet.').waitFor();
    await page.evaluate(
      "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\">')",
    );
    expect(await audit(page)).toEqual([expect.stringMatching(/^critical: image-alt, /)]);
  });

  it('where there is no run, and in a list of runs', async () => {
    const { url } = await runs.watch(makeWorkFolder());
    const none = await open(url, WITH_AXE);
    await none.getByText('No runs here yet.').waitFor();
    expect([
      ...(await auditIn(none, 'none', PHONE, true)),
      ...(await auditIn(none, 'none', DESK, false)),
    ]).toEqual([]);
    const work = folderWithRun();
    work.write(
      'csv/history/A - B/P-0-2026-11-20-10-00-00.journal.jsonl',
      readFileSync(work.journalFile, 'utf8'),
    );
    const listed = await open((await runs.watch(work)).url, WITH_AXE);
    await listed.getByRole('link', { name: 'O' }).first().waitFor();
    expect([
      ...(await auditIn(listed, 'list', PHONE, true)),
      ...(await auditIn(listed, 'list', DESK, false)),
    ]).toEqual([]);
  });

  it('in a run that goes on, and in one that is paused', async () => {
    const cli = await runs.search(makeWorkFolder(), ['--page', '0', '--save-images', 'all']);
    await cli.printed(/^4\//m);
    const page = await open(await pageOf(cli), WITH_AXE);
    const found: string[] = [];
    const views = await inEveryView(page, async (name) => {
      for (const size of [PHONE, DESK])
        for (const isDark of [false, true]) found.push(...(await auditIn(page, name, size, isDark)));
    });
    expect(found).toEqual([]);
    expect(views[0]).toBe('Live');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.locator('h1 .state.paused').waitFor();
    expect(await auditViews(page)).toEqual([]);
  });

  it('in a run that has ended, without pictures, and in a dead one', async () => {
    const work = folderWithRun();
    const ended = await open((await runs.watch(work, ['O'])).url, WITH_AXE);
    await ended.locator('h1 .state.ended').waitFor();
    expect(await auditViews(ended)).toEqual([]);
    const text = readFileSync(work.journalFile, 'utf8');
    writeFileSync(work.journalFile, text.replace(/^.*"kind":"stopped".*\n/m, ''));
    await ended.locator('h1 .state.dead').waitFor();
    expect(await auditViews(ended)).toEqual([]);
  });
});

/** What Tab is to reach, as the page stands; and how an element looks, with all that is in it. */
const TOUR = `
window.looksOf = (one) => [one, ...one.querySelectorAll('*')].slice(0, 20).map((part) => {
  const { outline, stroke, strokeWidth, boxShadow } = getComputedStyle(part);
  return [outline, stroke, strokeWidth, boxShadow].join();
}).join(' ');
window.wanted = new Set([...document.querySelectorAll('body *')].filter(
  (one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility() && !one.closest('details:not([open]) > :not(summary)'),
));
window.unmarked = [];
window.last = undefined;
document.activeElement.blur();`;
const STEP = `(() => {
  if (window.last !== undefined && window.looksOf(window.last.one) === window.last.looks) {
    window.unmarked.push(window.last.one.outerHTML.slice(0, 200));
  }
  const one = document.activeElement;
  window.wanted.delete(one);
  window.last = one === document.body ? undefined : { one, looks: window.looksOf(one) };
})()`;

describe.skipIf(BROWSER === undefined)('every view', () => {
  const runs = useLiveRuns(20);
  const open = useBrowser();

  it('is reached by Tab, with a mark on what has the focus', async () => {
    const page = await open((await runs.watch(folderWithRun(), ['O'])).url, WITH_AXE);
    await inEveryView(page, async (name) => {
      await page.evaluate(TOUR);
      const count = Number(await page.evaluate('window.wanted.size'));
      for (let k = 0; k < count + 5; k++) {
        await page.keyboard.press('Tab');
        await page.evaluate(STEP);
      }
      // Of radio buttons with one name, Tab goes to one.
      expect({
        view: name,
        missed: await page.evaluate(
          "[...window.wanted].filter((one) => one.isConnected && one.type !== 'radio').map((one) => one.outerHTML.slice(0, 200))",
        ),
        unmarked: await page.evaluate('window.unmarked'),
      }).toEqual({ view: name, missed: [], unmarked: [] });
    });
  });

  it('fits on every screen, also at 200 %: only tables and drawings scroll to the side', async () => {
    const page = await open((await runs.watch(folderWithRun(), ['O'])).url, WITH_AXE);
    await inEveryView(page, async (name) => {
      for (const width of [320, 360, 600, 1200]) {
        await page.setViewportSize({ width, height: 800 });
        // Drawings follow the width a moment later.
        await expect
          .poll(() => page.evaluate('document.documentElement.scrollWidth'), {
            message: `${name} at ${width} px`,
          })
          .toBeLessThanOrEqual(width);
      }
    });
  });

  it('does not move where no motion is wanted', async () => {
    const page = await open((await runs.watch(folderWithRun(), ['O'])).url, { ...WITH_AXE, isStill: true });
    await inEveryView(page, async () => {
      const moving = await page.evaluate(`[...document.querySelectorAll('*')].filter((one) => {
        const { transitionDuration, animationName } = getComputedStyle(one);
        return animationName !== 'none' || transitionDuration.split(', ').some((time) => Number.parseFloat(time) > 0.01);
      }).map((one) => one.outerHTML.slice(0, 100))`);
      expect(moving).toEqual([]);
    });
  });
});
