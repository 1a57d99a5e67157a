/** convert, presets, history and compare, as they are typed. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runInProcess } from '../helpers/fake-process.ts';
import { makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures');
const JOURNAL = path.join(FIXTURES, 'journals/v0.1.0.journal.jsonl');
const CSV = path.join(FIXTURES, 'astolfomix/histories/10b-AstolfoMix-_17a_18a-0-2023-11-17-04-13PM-01.csv');
const RECIPE = path.join(FIXTURES, 'astolfomix/recipes/10b-AstolfoMix-_17a_18a.recipe.txt');
const LIST25 = Array.from({ length: 25 }, (_, i) => i / 100).join(',');

let work: WorkFolder;
beforeEach(() => {
  work = makeWorkFolder();
});

async function ok(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const { code, ...streams } = await runInProcess(args);
  expect({ code, args, stderr: streams.stderr }).toMatchObject({ code: 0 });
  return streams;
}
async function refused(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runInProcess(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  return stderr;
}
const addRun = (name: string, lines: readonly string[], models = 'A - B'): string => {
  const folder = path.join(work.path, 'csv/history', models);
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.journal.jsonl`);
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return file;
};
const journalLines = (): string[] => readFileSync(JOURNAL, 'utf8').trimEnd().split('\n');

describe('convert', () => {
  it('prints the list of a recipe in any order, and nothing else', async () => {
    const inRecipe = readFileSync(RECIPE, 'utf8').split(/\r*\n/)[5] ?? '';
    const { stdout, stderr } = await ok(['convert', RECIPE, '--to', 'list', '--order', 'recipe']);
    expect({ stdout, stderr }).toEqual({ stdout: `${inRecipe.trim()}\n`, stderr: '' });
    const search = (await ok(['convert', RECIPE, '--to', 'list'])).stdout.trim().split(',');
    const recipe = inRecipe.trim().split(',');
    expect(search[13]).toBe(recipe[25]);
    expect(search[26]).toBe(recipe[26]);
  });

  it('a recipe of the field is written again byte for byte', async () => {
    const { stdout } = await ok(['convert', RECIPE, '--to', 'recipe']);
    const [wanted] = readFileSync(RECIPE, 'utf8').replaceAll(/\r+\n/g, '\n').split('\n\n');
    expect(stdout).toBe(`${(wanted ?? '').split('\n').slice(0, 6).join('\n')}\n`);
  });

  it('says which of many rows was taken, and what 25 numbers have no place for', async () => {
    const { stdout, stderr } = await ok(['convert', CSV, '--to', 'bayesian-merger']);
    expect(stdout).toMatch(/^0\.0\n\n(?:[\d.]+,){24}[\d.]+\n\n$/);
    expect(stderr).toMatch(
      /contains 28 sets of weights; using row 1 of .* with score 0\.5745\.\n! 25 numbers cannot store OUT/,
    );
  });

  it('tells of it as JSON', async () => {
    const printed = JSON.parse((await ok(['convert', RECIPE, '--to', 'list', '--json'])).stdout) as unknown;
    const text = (await ok(['convert', RECIPE, '--to', 'list'])).stdout;
    expect(printed).toMatchObject({
      source: RECIPE,
      to: 'list',
      weights: { IN00: expect.any(Number) },
      text,
    });
  });

  it('writes files, and replaces none without --force', async () => {
    const output = path.join(work.path, 'o.recipe.txt');
    const args = [
      'convert',
      'preset:GRAD_V',
      '--to',
      'recipe',
      '--model-a',
      'a',
      '--model-b',
      'b',
      '--output',
      output,
    ];
    expect((await ok(args)).stdout).toBe(`${output}\n`);
    expect(readFileSync(output, 'utf8')).toMatch(/^modelA=a\nmodelB=b\nmodelO=GRAD_V\n/);
    expect(await refused(args)).toMatch(/exists; choose another name, or replace it with --force/);
    await ok([...args, '--force']);
  });

  it('turns a history into a journal that resume and plot read, and back', async () => {
    const journal = path.join(work.path, 'old.journal.jsonl');
    await ok(['convert', CSV, '--to', 'journal', '--model-a', 'a', '--model-o', 'O', '--output', journal]);
    const [first, ...rest] = work.journal();
    expect(first).toMatchObject({ kind: 'recovered', modelA: 'a', modelB: null, output: 'O' });
    expect(rest).toHaveLength(28);
    const { stdout } = await ok(['convert', journal, '--to', 'csv', '--all']);
    const cells = (text: string): string[] =>
      text
        .trimEnd()
        .split(/\r*\n/)
        .map((line) => line.split(',').slice(0, 28).join(','));
    expect(cells(stdout)).toEqual(cells(readFileSync(CSV, 'utf8')));
  });

  it.each([
    [['1,2,3', '--to', 'list'], /A list of weights must have 27 numbers .*; got 3\./],
    [[LIST25, '--to', 'list', '--all'], /--all works only with --to csv and --to journal/],
    [[LIST25, '--to', 'mbw', '--order', 'recipe'], /--order recipe cannot be combined with --to mbw/],
    [[CSV, '--to', 'journal'], /give --output with a name that ends in \.journal\.jsonl/],
    [['nowhere', '--to', 'list'], /"nowhere" is not a list of numbers, a file or a run/],
    [[CSV, '--to', 'yaml'], /^autombw: --to must be one of /],
  ])('refuses %j', async (args, message) => {
    expect(await refused(['convert', ...args])).toMatch(message);
  });
});

describe('presets', () => {
  it('draws each as 25 bars', async () => {
    const { stdout } = await ok(['presets']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(38);
    expect(lines[0]).toMatch(/^GRAD_V +█▇▇▆▆▅▅▄▃▃▂▂│▁│▂▂▃▃▄▅▅▆▆▇▇█$/);
    for (const line of lines) expect(line).toMatch(/^\S+ +[▁-█]{12}│[▁-█]│[▁-█]{12}$/);
  });

  it('takes digits where the terminal has no UTF-8', async () => {
    const { stdout } = await runInProcess(['presets'], { env: { LANG: 'C' } });
    expect(stdout).toMatch(/^GRAD_V +987765543221\|0\|122345567789$/m);
  });

  it('shows those that are named, with numbers, from files of one’s own', async () => {
    const file = work.write('mine.tsv', `mine\t${LIST25}\n`);
    const { stdout } = await ok(['presets', file, 'MINE']);
    expect(stdout).toContain('IN01 0.01');
    const json: unknown = JSON.parse((await ok(['presets', file, 'mine', '--json'])).stdout);
    expect(json).toMatchObject([{ name: 'mine', weights: { OUT11: 0.24 } }]);
  });

  it('names the nearest, and file and line of a wrong one', async () => {
    expect(await refused(['presets', 'COSIN'])).toMatch(/Did you mean "COSINE"\?/);
    const file = work.write('mine.tsv', `mine\t${LIST25},1,1\n`);
    expect(await refused(['presets', file])).toContain(
      `Line 1 of ${file} (mine) has 27 numbers (27 are in search or recipe order; say which): it must have 25 `,
    );
  });
});

describe('history', () => {
  const list = async (...args: readonly string[]) => {
    const { stdout } = await ok(['history', work.path, '--json', ...args]);
    return (JSON.parse(stdout) as { runs: Record<string, unknown>[] }).runs;
  };

  it('tells finished, stopped, dead, running, recovered, broken and foreign runs apart', async () => {
    const lines = journalLines();
    const stopped = lines.findIndex((line) => line.includes('"kind":"stopped"'));
    const without = lines.filter((_, i) => i !== stopped);
    const resumed = '{"kind":"resumed","limits":{},"time":{"at":"2026-11-23T09:55:04.544Z"}}';
    const interrupted =
      '{"kind":"stopped","reason":{"code":"interrupted","message":"Ctrl-C."},"time":{"at":"2026-11-23T10:55:04.544Z"}}';
    addRun('fin-0-2026-11-23-05-55-01', lines);
    addRun('stop-0-2026-11-23-05-55-02', [...lines, resumed, interrupted]);
    addRun('dead-1-2026-11-23-05-55-03', without);
    addRun('again-0-2026-11-23-05-55-04', [...lines, resumed]);
    const running = addRun('run-0-2026-11-23-05-55-05', without);
    // As version 0.1.0 wrote it, by a process that is not this one.
    writeFileSync(`${running}.lock`, String(process.ppid));
    addRun('broken-0-2026-11-23-05-55-06', [lines[0] ?? '', '{"kind":"scored"}']);
    addRun('empty-0-2026-11-23-05-55-07', []);
    addRun('rec-0-2026-11-23-05-55-08', [
      '{"kind":"recovered","version":1,"source":"log","modelA":"X","modelB":null,"output":null,"queue":[]}',
      '{"kind":"learnt","trial":1,"weights":{"IN00":1},"score":0.5}',
    ]);
    mkdirSync(path.join(work.path, 'csv/history/_17a - _18a'));
    cpSync(CSV, path.join(work.path, 'csv/history/_17a - _18a', path.basename(CSV)));
    const runs = await list();
    expect(runs.map(({ output, state }) => `${String(output)} ${String(state)}`)).toEqual([
      'rec recovered',
      'empty unreadable',
      'broken unreadable',
      'run running',
      'again dead',
      'dead dead',
      'stop stopped',
      'fin finished',
      '10b-AstolfoMix-_17a_18a csv',
    ]);
    expect(runs[5]).toMatchObject({
      pass: 1,
      modelA: 'A.safetensors',
      best: 0.48218345055319733,
      bestIteration: 1,
    });
    expect(runs[5]).toMatchObject({ scored: 1, failed: 3, scorer: 'quality', optimizer: 'random' });
    expect(runs[6]).toMatchObject({ reason: 'Ctrl-C.', hours: expect.closeTo(1, 2) as number });
    expect(runs[2]).toMatchObject({ reason: expect.stringMatching(/^line 2 is damaged/) as string });
    expect(runs[8]).toMatchObject({ date: '2023-11-17 16:13:01', modelA: '_17a', scored: 28, scorer: '' });
  });

  it('filters by model, state, scorer and day, and limits', async () => {
    addRun('one-0-2026-11-23-05-55-01', journalLines());
    addRun('two-0-2026-11-24-05-55-01', journalLines());
    const names = async (...args: readonly string[]) => (await list(...args)).map(({ output }) => output);
    expect(await names('--limit', '1')).toEqual(['two']);
    expect(await names('--model', 'ONE')).toEqual(['one']);
    expect(await names('--since', '2026-11-24')).toEqual(['two']);
    expect(await names('--state', 'dead')).toEqual([]);
    expect(await names('--scorer', 'quality')).toEqual(['two', 'one']);
    expect(await names('--scorer', 'reward')).toEqual([]);
  });

  it('counts an iteration whose score was taken back as failed', async () => {
    const doubted =
      '{"kind":"doubted","trials":[1],"reason":"no merge","time":{"at":"2026-11-23T05:55:05.000Z"}}';
    addRun('o-0-2026-11-23-05-55-01', [...journalLines(), doubted]);
    expect(await list()).toMatchObject([{ scored: 0, failed: 4, best: null }]);
  });

  it('counts an iteration that was rejected as failed, and no time of a pause', async () => {
    const about = (second: number): string =>
      `"id":"r${second}","by":"the page","time":{"at":"2026-11-23T0${second}:55:04.000Z"}`;
    const rejected = `{"kind":"rejected","trial":1,"trials":[1],${about(7)}}`;
    const interrupted = `{"kind":"stopped","reason":{"code":"interrupted","message":""},${about(8)}}`;
    const lines = journalLines().filter((line) => !line.includes('"kind":"stopped"'));
    addRun('o-0-2026-11-23-05-55-01', [
      ...lines,
      `{"kind":"paused",${about(5)}}`,
      `{"kind":"continued",${about(6)}}`,
      rejected,
      interrupted,
    ]);
    const [run] = await list();
    expect(run).toMatchObject({ scored: 0, failed: 4, best: null });
    addRun('p-0-2026-11-23-05-55-02', [...lines, `{"kind":"paused",${about(5)}}`, rejected, interrupted]);
    const [other] = await list('--model', 'p');
    expect(Number(other?.['hours']) - Number(run?.['hours'])).toBeCloseTo(1, 2);
  });

  it('counts the images of a run', async () => {
    addRun('a-0-2026-11-23-05-55-01', journalLines());
    cpSync(CSV, path.join(work.path, 'csv/history/old.csv'));
    expect((await list()).map(({ images }) => images)).toEqual([2, null]);
  });

  it('prints two lines a run, and says when there is none', async () => {
    mkdirSync(path.join(work.path, 'csv/history'), { recursive: true });
    expect((await ok(['history', work.path])).stderr).toMatch(/^There are no runs in /);
    addRun('one-0-2026-11-23-05-55-01', journalLines());
    const { stdout } = await ok(['history', work.path]);
    expect(stdout).toMatch(/^2026-11-23 05:55 {2}finished .*best 0\.4822 at 1 {2}4 iterations \(3 failed\)/);
    expect(stdout).toContain('A + B = one');
    expect(await refused(['history', path.join(work.path, 'nowhere')])).toMatch(/There is no folder/);
    expect(await refused(['history', '--since', '2026-02-30'])).toMatch(
      /--since must be a date such as .*; got "2026-02-30"/,
    );
  });
});

describe('compare', () => {
  it('says which blocks and payloads differ, the widest first, with pairs of the same request and seed', async () => {
    const changed = journalLines().map((line) => {
      const record = JSON.parse(line) as {
        kind: string;
        trial?: number;
        score: number;
        weights: Record<string, number>;
        images: { score: number }[];
      };
      if (record.trial !== 1) return line;
      if (record.kind === 'asked') record.weights = { ...record.weights, OUT05: 0.9, IN00: 0.4 };
      if (record.kind === 'scored') {
        record.score += 0.25;
        for (const image of record.images) image.score += 0.25;
      }
      return JSON.stringify(record);
    });
    addRun('one-0-2026-11-23-05-55-01', journalLines());
    addRun('two-0-2026-11-23-05-55-02', changed);
    const args = ['compare', 'one', 'two', '--folder', work.path];
    const { stdout, stderr } = await ok(args);
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /2 blocks differ\nOUT05 +0\.5 +0\.9 +\+0\.4000 {2}█+\nIN00 +0\.5 +0\.4 +-0\.1000 {2}█+\n/,
    );
    expect(stdout).toMatch(/stripes +0\.4822 +0\.7322 +\+0\.2500 {2}\+0\.2500 over 2 images/);
    const json = JSON.parse((await ok([...args, '--json'])).stdout) as Record<string, unknown>;
    expect(json).toMatchObject({
      difference: expect.closeTo(0.25, 9) as number,
      blocks: [{ block: 'OUT05' }, { block: 'IN00' }],
      payloads: [{ payload: 'stripes', paired: { pictures: 2 } }],
      cautions: [],
    });
  });

  it('warns of other models, scorers, tallies, seeds and requests', async () => {
    const text = journalLines().join('\n');
    const other = text
      .replaceAll('"file":"B.safetensors"', '"file":"C.safetensors"')
      .replaceAll('quality/1', 'quality/2')
      .replace('"tally":"arithmetic-mean","server"', '"tally":"median","server"')
      .replace('"seeds":[8]', '"seeds":[9]')
      .replace('"prompt":"stripes","negativePrompt"', '"prompt":"dots","negativePrompt"');
    addRun('one-0-2026-11-23-05-55-01', [text]);
    addRun('two-0-2026-11-23-05-55-02', [other]);
    const { stderr } = await ok(['compare', 'one', 'two', '--folder', work.path]);
    for (const word of [
      'models',
      'scorers',
      'tallies',
      'seeds of 1 of 2',
      '1 of 2 requests with the same name',
    ])
      expect(stderr).toContain(word);
  });

  it('takes histories of the Python tool, and says what it cannot know', async () => {
    const { stdout, stderr } = await ok(['compare', CSV, CSV]);
    expect(stdout).toContain('The weights are the same in every block.');
    expect(stderr).toMatch(/^! The models, payloads and scorers/);
  });
});
