/** A repeated run asks an expensive scorer nothing twice. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { resumeTiny, searchTiny, temporaryFolder, timelessJournal } from '../helpers/run-search.ts';

const PROGRAM = `
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
for await (const line of createInterface({ input: process.stdin })) {
  const { type, id, seed } = JSON.parse(line);
  if (type === 'hello') console.log(JSON.stringify({ type: 'ready' }));
  if (type === 'bye') break;
  if (type !== 'score') continue;
  appendFileSync(process.argv[2], 'x');
  console.log(JSON.stringify({ id, score: (seed % 10) / 10 }));
}
`;

let folder: string;
let log: string;
let config: Readonly<Record<string, unknown>>;
beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('AUTOMBW_CACHE', path.join(folder, 'cache'));
  const program = path.join(folder, 'scorer.mjs');
  log = path.join(folder, 'asked');
  writeFileSync(program, PROGRAM);
  writeFileSync(log, '');
  const run = [process.execPath, program, log].map((word) => `"${word}"`).join(' ');
  config = { folder, iterations: 3, scorer: ['command'], scorerOptions: { 'command.run': run } };
});
afterEach(() => {
  vi.unstubAllEnvs();
});
const asked = (): number => readFileSync(log, 'utf8').length;

/** Some of the tiny images are the same at other weights. */
const differentImages = (journal: string): number =>
  new Set([...journal.matchAll(/"pixels":"(\w+)"/g)].map(([, hash]) => hash)).size;

describe('the score cache of a run', () => {
  it('answers the whole of a repeated run, with the same journal', async () => {
    const first = await searchTiny({ folder, config });
    const images = differentImages(first.journalText);
    expect(asked()).toBe(images);
    const second = await searchTiny({ folder, config });
    expect(asked()).toBe(images);
    const records = (text: string): string =>
      timelessJournal(text, folder)
        .split('\n')
        .filter((line) => !/"kind":"(plan|stopped)"/.test(line))
        .join('\n');
    expect(records(second.journalText)).toBe(records(first.journalText));
    const third = await resumeTiny(second.journal, { config: { iterations: 4 } });
    expect(asked()).toBe(differentImages(third.journalText));
    expect(asked()).toBeGreaterThan(images);
  });

  it('is left alone with --no-score-cache', async () => {
    const { journalText } = await searchTiny({ folder, config });
    await searchTiny({ folder, config: { ...config, scoreCache: false } });
    expect(asked()).toBe(differentImages(journalText) + 6);
  });
});
