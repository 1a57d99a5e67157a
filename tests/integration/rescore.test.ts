/** Runs and images judged again, without a WebUI. */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { filesOf } from '../../src/journal/name-run.ts';
import { rescore } from '../../src/judging/rescore.ts';
import { encodePng } from '../../src/simulator/png.ts';
import { parseJournal, trialsOf } from '../../src/journal/read.ts';
import { readHistoryCsv } from '../../src/formats/history-csv.ts';
import { runInProcess } from '../helpers/fake-process.ts';
import { searchTiny, temporaryFolder, type SearchResult } from '../helpers/run-search.ts';

/** Judges by the seed, and by the sum of the weights that the stripes show: the wider the file, the higher. */
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
for await (const line of createInterface({ input: process.stdin })) {
  const { type, id, prompt, image } = JSON.parse(line);
  if (type === 'hello') console.log(JSON.stringify({ type: 'ready' }));
  if (type === 'bye') break;
  if (type === 'score') console.log(JSON.stringify({ id, score: prompt.length + readFileSync(image).length }));
}
`;

let program: string;
let run: SearchResult;
beforeAll(async () => {
  program = path.join(temporaryFolder(), 'scorer.mjs');
  writeFileSync(program, PROGRAM);
  run = await searchTiny({ config: { saveImages: 'all', iterations: 6 } });
});
const command = (): string[] => [
  '--scorer',
  'command',
  '--no-score-cache',
  '--scorer-options',
  `command.run="${process.execPath}" "${program}"`,
];
const rescoreJson = async (...args: string[]) => {
  const { code, stdout, stderr } = await runInProcess(['rescore', ...args, '--json']);
  return { code, stderr, result: stdout === '' ? undefined : JSON.parse(stdout) };
};

describe('a run of somebody else', () => {
  it('starts no program that only its journal names', async () => {
    const folder = temporaryFolder();
    const journal = path.join(folder, 'O.journal.jsonl');
    const proof = path.join(folder, 'ran');
    const hostile = `${process.execPath} -e "require('fs').writeFileSync('${proof}','')"`;
    const text = readFileSync(run.journal, 'utf8')
      .replace(/"scorer":\["quality[^\]]*\]/, '"scorer":["command"]')
      .replace(
        /"scorerOptions":\{[^}]*\}/,
        `"scorerOptions":${JSON.stringify({ command: { run: hostile } })}`,
      );
    writeFileSync(journal, text);
    const { images } = filesOf(run.journal);
    mkdirSync(filesOf(journal).images);
    for (const name of readdirSync(images))
      copyFileSync(path.join(images, name), path.join(filesOf(journal).images, name));
    const { code, stderr } = await rescoreJson(journal);
    expect(stderr).toMatch(/"command" starts a program that the journal names; add --trust/);
    const verified = await runInProcess(['verify', journal, '--scores']);
    expect(verified.stdout).toMatch(/scores +– +Scorer "command" starts a program that the journal names/);
    expect({ code, ran: existsSync(proof) }).toEqual({ code: 2, ran: false });
    await runInProcess(['verify', journal, '--scores', '--trust']);
    expect(existsSync(proof)).toBe(true);
  });
});

describe('rescore', () => {
  it('gives the scores of the run with its own scorer', async () => {
    const { code, result } = await rescoreJson(run.journal);
    expect(code).toBe(0);
    expect(result).toMatchObject({ correlation: 1, withoutImages: [], failed: [] });
    expect(result.iterations).toHaveLength(6);
    for (const row of result.iterations) {
      expect(row.newScore).toBe(row.oldScore);
      expect(row.newRank).toBe(row.oldRank);
    }
    expect(result.best).toMatchObject({
      iteration: run.summary.best?.trial,
      weights: run.summary.best?.weights,
    });
  });

  it('ranks by another scorer, with the prompt of the plan', async () => {
    const { code, result } = await rescoreJson(run.journal, ...command());
    expect(code).toBe(0);
    const { finished } = trialsOf(parseJournal(run.journalText, 'test').records);
    const { images } = filesOf(run.journal);
    const size = (trial: number): number =>
      [`${trial}-stripes-1-7.png`, `${trial}-stripes-2-8.png`]
        .map((file) => 'stripes'.length + readFileSync(path.join(images, file)).length)
        .reduce((sum, value) => sum + value / 2, 0);
    for (const row of result.iterations) expect(row.newScore).toBeCloseTo(size(row.iteration), 9);
    expect(result.best.newScore).toBe(Math.max(...finished.map(({ id }) => size(id))));
    expect(result.best.newRank).toBe(1);
    expect(Math.abs(result.correlation)).toBeLessThanOrEqual(1);
  });

  it('takes another tally alone, and writes a history', async () => {
    const file = path.join(temporaryFolder(), 'again.csv');
    const { code, stdout } = await runInProcess(['rescore', run.journal, '--tally', 'min', '--write', file]);
    expect(code).toBe(0);
    expect(stdout).toContain(`Wrote ${file}`);
    expect(stdout).toMatch(/^rank {2}was {2}iteration/m);
    expect(stdout).toMatch(/Best by the new score {2}0\.\d+ {2}iteration \d/);
    const rows = await readHistoryCsv(readFileSync(file, 'utf8'));
    const { finished } = trialsOf(parseJournal(run.journalText, 'test').records);
    expect(rows.map(({ score }) => score)).toEqual(
      finished.map(({ images }) => Math.min(...images.map(({ score }) => score))),
    );
  });

  it('lists what has no images, and what was changed', async () => {
    const other = await searchTiny({ config: { saveImages: 'all', iterations: 5 } });
    const { images } = filesOf(other.journal);
    for (const trial of [1, 2]) rmSync(path.join(images, `${trial}-stripes-1-7.png`));
    copyFileSync(path.join(images, '4-stripes-1-7.png'), path.join(images, '5-stripes-2-8.png'));
    const csv = path.join(other.folder, 'again.csv');
    const { code, result } = await rescoreJson(other.journal, '--write', csv);
    expect(code).toBe(1);
    expect(result.withoutImages).toEqual([1, 2]);
    expect(result.failed).toEqual([
      { iteration: 5, reason: expect.stringContaining('does not have the pixels recorded in the journal') },
    ]);
    expect(result.iterations.map(({ iteration }: { iteration: number }) => iteration).toSorted()).toEqual([
      3, 4,
    ]);
    const rows = await readHistoryCsv(readFileSync(csv, 'utf8'));
    expect(rows.map(({ score }) => score === null)).toEqual([true, true, false, false, true]);
    const { stdout } = await runInProcess(['rescore', other.journal]);
    expect(stdout).toContain('Skipped, because images were not kept: iterations 1-2');
  });

  it('scores the images of the best iteration where only they were kept', async () => {
    const { journal, summary } = await searchTiny({ config: { iterations: 5, imageFormat: 'webp' } });
    const { images } = filesOf(journal);
    for (const file of readdirSync(images))
      if (!file.startsWith(`${summary.best?.trial}-`)) rmSync(path.join(images, file));
    const { code, result } = await rescoreJson(journal);
    expect(code).toBe(0);
    expect(result.iterations).toEqual([
      expect.objectContaining({ iteration: summary.best?.trial, newScore: summary.best?.score }),
    ]);
    expect(result.correlation).toBeUndefined();
  });

  it('stops when it is interrupted', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped by SIGINT');
    const done: number[] = [];
    const stopped = rescore({
      journal: run.journal,
      given: {},
      signal: stop.signal,
      onProgress: (progress) => {
        done.push(progress.done);
        if (progress.done === 2) stop.abort(reason);
      },
    });
    await expect(stopped).rejects.toBe(reason);
    expect(done).toEqual([1, 2]);
  });

  it('refuses a run without images, and options of a search', async () => {
    const { journal } = await searchTiny({ config: { saveImages: 'none', iterations: 2 } });
    const bare = await runInProcess(['rescore', journal]);
    expect(bare).toMatchObject({ code: 2, stderr: expect.stringContaining('--save-images') });
    expect(await runInProcess(['rescore', journal, '--iterations', '3'])).toMatchObject({ code: 2 });
    expect(await runInProcess(['rescore', journal, '--write', 'x.txt'])).toMatchObject({ code: 2 });
  });
});

describe('score', () => {
  let folder: string;
  const image = async (seed: number, prompt?: string): Promise<Buffer> => {
    const data = Uint8Array.from({ length: 3 * 48 * 40 }, (_, i) => ((i + 1) * (seed + 3) * 37) % 251);
    const texts =
      prompt === undefined ? {} : { parameters: `${prompt}\nNegative prompt: n\nSteps: 2, Seed: ${seed}` };
    return encodePng({ width: 48, height: 40, data }, texts);
  };
  beforeEach(async () => {
    folder = temporaryFolder();
    mkdirSync(path.join(folder, 'deep'));
    writeFileSync(path.join(folder, '10.png'), await image(1, 'a cat'));
    writeFileSync(path.join(folder, '2.PNG'), await image(2, 'a much longer prompt'));
    writeFileSync(path.join(folder, 'deep', 'plain, "x".png'), await image(3));
    writeFileSync(path.join(folder, 'notes.txt'), 'no image');
  });
  const names = (rows: readonly { file: string }[]): string[] =>
    rows.map(({ file }) => path.relative(folder, file).replaceAll('\\', '/'));

  it('takes folders with all below, files and patterns, each once', async () => {
    const pattern = `${folder.replaceAll('\\', '/')}/*.png`;
    const { code, stdout } = await runInProcess(['score', folder, pattern, '--format', 'json']);
    expect(code).toBe(0);
    const rows = JSON.parse(stdout);
    expect(names(rows)).toEqual(['2.PNG', '10.png', 'deep/plain, "x".png']);
    for (const row of rows) expect(row).toMatchObject({ score: row.raw.quality });
  });

  it('takes the prompt out of the file, and says where there is none', async () => {
    const needs = ['--scorer-options', 'command.needsPrompt=true'];
    const { code, stdout } = await runInProcess([
      'score',
      folder,
      ...command(),
      ...needs,
      '--format',
      'json',
    ]);
    expect(code).toBe(1);
    const [long, cat, plain] = JSON.parse(stdout);
    const length = (name: string): number => readFileSync(path.join(folder, name)).length;
    expect(long.score).toBe('a much longer prompt'.length + length('2.PNG'));
    expect(cat.score).toBe('a cat'.length + length('10.png'));
    expect(plain).toEqual({ file: plain.file, reason: expect.stringContaining('--prompt') });
    const given = [...command(), ...needs, '--prompt', 'x', '--format', 'json'];
    const all = await runInProcess(['score', folder, ...given]);
    expect(all.code).toBe(0);
    expect(JSON.parse(all.stdout)[1].score).toBe(1 + length('10.png'));
  });

  it('gives what cannot be judged its reason, and goes on', async () => {
    const broken = path.join(folder, 'broken.png');
    writeFileSync(broken, (await image(1)).subarray(0, 60));
    appendFileSync(path.join(folder, 'notes.txt'), '!');
    const files = [
      broken,
      path.join(folder, 'gone.png'),
      path.join(folder, 'notes.txt'),
      path.join(folder, '10.png'),
    ];
    const { code, stdout } = await runInProcess(['score', ...files, '--format', 'csv']);
    expect(code).toBe(1);
    const [head, ...lines] = stdout.trimEnd().split('\n');
    expect(head).toBe('file,quality,score,reason');
    expect(lines.map((line) => line.startsWith(files[lines.indexOf(line)] ?? ''))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(lines[0]).toMatch(/,,,.*cannot be decoded/);
    expect(lines[1]).toMatch(/ENOENT/);
    expect(lines[2]).toMatch(/is not a PNG, JPEG or WebP/);
    expect(lines[3]).toMatch(/,0\.\d+,0\.\d+,$/);
    const table = await runInProcess(['score', ...files]);
    expect(table.stdout).toMatch(/^ {4}score {4}quality {2}file\n/);
  });

  it('quotes names in CSV, and refuses what is not there', async () => {
    const { stdout } = await runInProcess(['score', path.join(folder, 'deep'), '--format', 'csv']);
    expect(stdout).toContain('plain, ""x"".png"');
    mkdirSync(path.join(folder, 'empty'));
    expect(await runInProcess(['score', path.join(folder, 'empty')])).toMatchObject({ code: 2 });
    expect(await runInProcess(['score', path.join(folder, '*.gif')])).toMatchObject({ code: 2 });
    expect(await runInProcess(['score', folder, '--scorer', 'nosuch'])).toMatchObject({ code: 2 });
    expect(readdirSync(folder)).toHaveLength(5);
  });
});
