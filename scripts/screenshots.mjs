// Makes docs/images from a real run: the demo between two real, tiny diffusion models, with a seed that nobody has chosen. It takes as long as the
// demo (about two minutes on two idle cores) and needs a Chromium, Chrome or Edge.
//   npm run screenshots
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { BROWSER, LAUNCH } from './browser-program.mjs';
import { LARGEST_PICTURE, PICTURES } from './pictures.mjs';
import { terminalPicture } from './terminal-picture.mjs';

const BIN = path.resolve(import.meta.dirname, '../bin/autombw.js');
const IMAGES = path.resolve(import.meta.dirname, '../docs/images');
/** The page is shown when the search has come so far. */
const ITERATION = 40;
/** Milliseconds: the machine may have other things to do. */
const PATIENCE_MS = 3_600_000;
const DESK = { width: 1200, height: 1000 };
/** The chart, pictures and the beginning of the network. */
const LONG = { width: 1200, height: 1560 };
const PHONE = { width: 390, height: 844 };

if (BROWSER === undefined) {
  console.error('There is no Chromium, Chrome or Edge: name one with AUTOMBW_BROWSER.');
  process.exit(1);
}
const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-screenshots-'));
const runFolder = path.join(folder, 'autombw-demo');
const running = new Set();
try {
  await makeAll();
} finally {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

async function makeAll() {
  const demo = start(['demo'], folder);
  await until(
    'the journal of the demo',
    () => existsSync(path.join(runFolder, 'csv')) && inFolder('.journal.jsonl'),
  );
  const watch = start(['watch', 'demo-merge', '--port', '0'], runFolder);
  const [, url] = await until('the address of the page', () =>
    /The page is at (http:\S+)/.exec(watch.text()),
  );
  const browser = await chromium.launch(LAUNCH);
  try {
    await live(browser, url);
    const code = await demo.end;
    if (code !== 0) throw new Error(`the demo ended with ${code}: ${demo.text()}`);
    write(
      'terminal.svg',
      terminalPicture(shortened(demo.text().replaceAll(folder, '~')), 'The demo in a terminal'),
    );
    copyFileSync(path.join(runFolder, inFolder('.svg')), path.join(IMAGES, 'plot.svg'));
    await save('tiny-world.webp', path.join(runFolder, inFolder('.contact.webp')));
    await ended(browser, url);
    const report = start(['report', 'demo-merge', '--output', 'report.html'], runFolder);
    await report.end;
    const page = await open(browser, pathToFileURL(path.join(runFolder, 'report.html')).href, DESK);
    await shoot(page, 'report.webp');
  } finally {
    await browser.close();
  }
  const missing = PICTURES.filter((name) => !existsSync(path.join(IMAGES, name)));
  const large = PICTURES.filter((name) => statSync(path.join(IMAGES, name)).size > LARGEST_PICTURE);
  if (missing.length > 0 || large.length > 0) {
    throw new Error(`not made: ${missing.join(', ') || 'none'}; too large: ${large.join(', ') || 'none'}`);
  }
}

/** While the search goes on: by day, in the dark, on a phone. */
async function live(browser, url) {
  const page = await open(browser, url, LONG);
  const done = async () => Number.parseInt((await page.locator('.facts dd').first().textContent()) ?? '', 10);
  await until(`iteration ${ITERATION}`, async () => (await done()) >= ITERATION);
  await page.locator('#pictures').waitFor();
  await pictures(page);
  await shoot(page, 'live.webp');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shoot(page, 'live-dark.webp');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(PHONE);
  await pictures(page);
  await shoot(page, 'live-phone.webp');
  await page.context().close();
}

async function ended(browser, url) {
  const page = await open(browser, url, DESK);
  await page.getByRole('link', { name: 'Gallery' }).click();
  await page.locator('.gallery-stage img').first().waitFor();
  await pictures(page);
  await shoot(page, 'gallery.webp');
  await page.getByRole('link', { name: 'Beliefs' }).click();
  await page.locator('main svg').first().waitFor();
  await shoot(page, 'beliefs.webp');
  await page.context().close();
}

async function open(browser, url, viewport) {
  const context = await browser.newContext({
    viewport,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

/** All pictures on the screen have come. */
async function pictures(page) {
  const rest = `[...document.querySelectorAll('img')].filter(
    (one) => one.getBoundingClientRect().top < innerHeight && one.naturalWidth === 0,
  ).length`;
  await until('the pictures', async () => (await page.evaluate(rest)) === 0, 60_000);
}

async function shoot(page, name) {
  await save(name, await page.screenshot());
}

async function save(name, png) {
  await sharp(png).webp({ quality: 82, effort: 6, smartSubsample: true }).toFile(path.join(IMAGES, name));
  told(name);
}

function write(name, text) {
  writeFileSync(path.join(IMAGES, name), text);
  told(name);
}

function told(name) {
  console.log(`${name.padEnd(16)} ${Math.ceil(statSync(path.join(IMAGES, name)).size / 1000)} kB`);
}

/** Its first words, and its end: the many lines of iterations between are one. */
function shortened(text) {
  const lines = text.split('\n');
  const iteration = /^\d+\/\d+/;
  const first = lines.findIndex((line) => iteration.test(line));
  const last = lines.findLastIndex((line) => iteration.test(line));
  if (first < 0 || last - first < 4) return text;
  return [...lines.slice(0, first + 2), '…', ...lines.slice(last)].join('\n');
}

/** @returns relative to the run's folder; undefined while there is none */
function inFolder(ending) {
  return readdirSync(runFolder, { recursive: true, encoding: 'utf8' }).find((file) => file.endsWith(ending));
}

function start(args, cwd) {
  mkdirSync(cwd, { recursive: true });
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let text = '';
  // As both stand in a terminal: the iterations go to standard error.
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  const end = new Promise((resolve) => {
    child.on('close', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  return { text: () => text, end };
}

/** What it gives at last. */
async function until(what, look, patience = PATIENCE_MS) {
  const began = performance.now();
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() - began > patience) throw new Error(`waited for ${what} in vain`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
