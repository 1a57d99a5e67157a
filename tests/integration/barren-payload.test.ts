/** A payload of which no image can be had, beside one that is well. */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import type { RunObserver } from '../../src/observers/observer.ts';
import { searchTiny, temporaryFolder } from '../helpers/run-search.ts';

const SPEAK = pathToFileURL(fileURLToPath(new URL('../fixtures/scorers/speak.mjs', import.meta.url))).href;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/**
 * @param lucky number of the image of the bad payload (from 1) that is scored after all
 * @returns what was said of missing images
 */
async function warnings(iterations: number, lucky = 0): Promise<string[]> {
  const folder = temporaryFolder();
  folders.push(folder);
  const program = path.join(folder, 'scorer.mjs');
  writeFileSync(
    program,
    `import { say, scoreOf, speak } from ${JSON.stringify(SPEAK)};
let asked = 0;
speak((request) => {
  const isBad = request.prompt === 'a crowd' && ++asked !== ${lucky};
  say({ id: request.id, ...(isBad ? { error: 'no face' } : { score: scoreOf(request) }) });
});`,
  );
  const payload = ['stripes', 'a crowd'].map((prompt, i) => {
    const file = path.join(folder, `${prompt.split(' ').at(-1)}.json`);
    writeFileSync(
      file,
      JSON.stringify({ prompt, seed: 7 + i, width: 64, height: 64, n_iter: i === 0 ? 2 : 1 }),
    );
    return file;
  });
  const spoken: string[] = [];
  const observers: RunObserver[] = [
    { name: 'ear', onNotice: ({ level, message }) => void (level === 'warn' && spoken.push(message)) },
  ];
  const scoring = {
    scorer: ['command'],
    scoreCache: false,
    scorerOptions: { 'command.run': `"${process.execPath}" "${program}"` },
  };
  const { summary } = await searchTiny({
    folder,
    config: { ...scoring, payload, iterations, earlyStop: false, imagesPerTrial: 'all', retries: 0 },
    observers,
  });
  expect(summary.failed).toBe(0);
  return spoken.filter((message) => message.includes('crowd'));
}

it('is called hopeless once, after three iterations, with the error and what to do', async () => {
  const said = await warnings(6);
  expect(said).toHaveLength(3);
  expect(said.slice(0, 2)).toEqual([
    expect.stringMatching(/^Iteration 1: 1 of 3 images is missing \(crowd\/0\); the other 2 count\./),
    expect.stringMatching(/^Iteration 2: 1 of 3 images is missing/),
  ]);
  expect(said[2]).toMatch(
    /^Payload "crowd" has not produced a single image in 3 iterations \([a-z-]+\): .*no face.* fix the payload or leave it out, and start a new search\.$/,
  );
});

it('is not given up once an image has come of it: every other that is missing is told', async () => {
  const said = await warnings(6, 2);
  expect(said.filter((message) => message.startsWith('Payload'))).toEqual([]);
  expect(said.filter((message) => /^Iteration \d+: 1 of 3/.test(message))).toHaveLength(5);
  // The best is asked for it once more, and keeps its score.
  const again = said.filter((message) => message.includes('1 of 1 image'));
  expect(again).toEqual([
    expect.stringMatching(/ is missing \(crowd\/0\); the score is based on the others\. .*no face/),
  ]);
});

it('that gives one later is spoken of again', async () => {
  const said = await warnings(7, 5);
  expect(said.map((message) => message.split(/[: ]/).slice(0, 2).join(' '))).toEqual([
    'Iteration 1',
    'Iteration 2',
    'Payload "crowd"',
    'Iteration 6',
    'Iteration 7',
    // Once more, as the best.
    expect.stringMatching(/^Iteration \d$/),
  ]);
});
