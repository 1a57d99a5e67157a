/** The live page in a real browser; whatever goes wrong in it fails the test that opened it. */
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, expect } from 'vitest';
import { PATIENCE } from '../setup/settings.ts';
import { BROWSER, LAUNCH } from '../../scripts/browser-program.mjs';

export { BROWSER } from '../../scripts/browser-program.mjs';

export interface Look {
  /** Pixels; 1200 × 900 unless given. */
  readonly width?: number;
  readonly height?: number;
  readonly isDark?: boolean;
  /** The user wants no motion. */
  readonly isStill?: boolean;
  readonly hasTouch?: boolean;
  /** Runs in every page before its own scripts, whatever its policy. */
  readonly script?: string;
  /** Messages of the console that belong to the test: of a server that is gone, for example. */
  readonly expected?: RegExp;
}

/** Milliseconds: waiting for the page ends what hangs, and measures nothing. */
const WAIT_MS = 30_000 * PATIENCE;

/**
 * One browser for all tests of a file; what a test opens is closed after it. A test fails where a page has an error in its console,
 * breaks its policy, or asks for anything of another origin. Called behind what starts servers: the browser is then closed before them.
 */
export function useBrowser(): (url: string, look?: Look) => Promise<Page> {
  let browser: Browser | undefined;
  const faults: string[] = [];
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
    expect(faults.splice(0)).toEqual([]);
  });
  afterAll(async () => browser?.close());
  return async (url, look = {}) => {
    if (BROWSER === undefined) throw new Error('there is no browser');
    browser ??= await chromium.launch({ ...LAUNCH, timeout: WAIT_MS });
    const { width = 1200, height = 900, isDark = false, isStill = false, hasTouch = false } = look;
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: isDark ? 'dark' : 'light',
      reducedMotion: isStill ? 'reduce' : 'no-preference',
      hasTouch,
      locale: 'en-GB',
    });
    context.setDefaultTimeout(WAIT_MS);
    if (look.script !== undefined) await context.addInitScript({ content: look.script });
    const page = await context.newPage();
    await gather(page, new URL(url).origin, look.expected, faults);
    await page.goto(url);
    return page;
  };
}

async function gather(
  page: Page,
  origin: string,
  expected: RegExp | undefined,
  faults: string[],
): Promise<void> {
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    const text = `${message.text()} (${message.location().url})`;
    if (expected?.test(text) !== true) faults.push(text);
  });
  await page.route('**/*', async (route) => {
    const address = route.request().url();
    if (new URL(address).origin === origin) return route.continue();
    faults.push(`asked for ${address}`);
    return route.abort();
  });
  // The policy stops a request before it can be intercepted; that is an error in the console.
}
