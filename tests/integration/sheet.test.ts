/** The contact sheet of a run: which rows and images it shows, and what happens where some are not there. */
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { filesOf } from '../../src/journal/name-run.ts';
import { parseJournal, readJournal } from '../../src/journal/read.ts';
import { imagesOf, type MergeName, type RunRecords } from '../../src/sheet/index.ts';
import { BASELINE_NAMES } from '../../src/types.ts';
import { runInProcess } from '../helpers/fake-process.ts';
import { searchTiny, type SearchResult, type SearchSetting } from '../helpers/run-search.ts';

const shown = z.object({
  output: z.string(),
  proof: z.int().nullable(),
  rows: z.array(
    z.object({
      name: z.union([z.string(), z.int()]),
      iteration: z.int().nullable(),
      score: z.number().nullable(),
      hasImages: z.boolean(),
    }),
  ),
  columns: z.int(),
  images: z.int(),
  width: z.int(),
  bytes: z.int(),
});

async function sheetOf(run: string, args: readonly string[] = []): Promise<z.output<typeof shown>> {
  const { code, stdout, stderr } = await runInProcess(['sheet', run, '--json', ...args]);
  if (code !== 0) throw new Error(stderr);
  return shown.parse(JSON.parse(stdout));
}

async function searchPlainly(setting: SearchSetting = {}): Promise<SearchResult> {
  return searchTiny({ ...setting, config: { iterations: 4, saveImages: 'all', ...setting.config } });
}

/** As if the first three iterations were the baselines: the journals of old searches have none. */
function withBaselines({ journal, journalText }: SearchResult): void {
  const lines = journalText.trimEnd().split('\n');
  const records = lines.map((line): unknown => JSON.parse(line));
  const marked = records.map((record) => {
    const asked = z.looseObject({ kind: z.literal('asked'), trial: z.int() }).safeParse(record);
    if (!asked.success) return record;
    const baseline = BASELINE_NAMES[asked.data.trial - 1];
    return { ...asked.data, ...(baseline !== undefined && { baseline }) };
  });
  writeFileSync(journal, `${marked.map((record) => JSON.stringify(record)).join('\n')}\n`);
}

/** Adds a proof of these candidates on two fresh images; the images of iteration 1 stand for them. */
function withProof({ journal }: SearchResult, names: readonly string[], winner: string, keeps = true): void {
  const { records } = parseJournal(readFileSync(journal, 'utf8'), 'test');
  const [first] = records;
  if (first?.kind !== 'plan') throw new Error('no plan');
  const [request] = first.plan.requests;
  if (request === undefined) throw new Error('no request');
  const time = { at: '2026-01-02T03:04:05.000Z', evaluation: 1, iteration: 1 };
  const fresh = { ...request, id: 'fresh/0', seeds: [901, 902] };
  const images = [0, 1].map((index) => ({ request: fresh.id, index }));
  const candidates = names.map((name) => ({ name, trial: name === 'B' ? null : 1, weights: {} }));
  const proving = {
    kind: 'proving',
    proof: 1,
    candidates,
    requests: [fresh],
    images,
    scorers: first.plan.scorers,
    time,
  };
  const proved = names.map((candidate, n) => ({
    kind: 'proved',
    proof: 1,
    candidate,
    images: images.map((image) => ({
      ...image,
      payload: 'stripes',
      seed: 901 + image.index,
      score: (n + image.index) / 10,
      raw: {},
      pixels: '',
      seconds: 1,
    })),
    time,
  }));
  const verdict = { kind: 'verdict', proof: 1, verdict: { winner }, time };
  const lines = [proving, ...proved, verdict].map((record) => `${JSON.stringify(record)}\n`);
  writeFileSync(journal, lines.join(''), { flag: 'a' });
  const folder = filesOf(journal).images;
  if (!keeps) return;
  for (const name of names)
    for (const n of [1, 2])
      copyFileSync(
        path.join(folder, `1-stripes-${n}-${6 + n}.png`),
        path.join(folder, `proof1-${name}-stripes-${n}-${900 + n}.png`),
      );
}

async function recordsOf(journal: string): Promise<RunRecords> {
  const { records } = await readJournal(journal);
  const [first] = records;
  if (first?.kind !== 'plan') throw new Error('no plan');
  return { plan: first.plan, records, images: filesOf(journal).images };
}

let run: SearchResult;
beforeEach(async () => {
  run = await searchPlainly();
});
const namesOf = ({ rows }: z.output<typeof shown>): (string | number)[] => rows.map(({ name }) => name);

describe('a search', () => {
  it('leaves a contact sheet beside its plot', async () => {
    const { summary, journal } = run;
    expect(summary.files['sheet']).toBe(filesOf(journal).sheet);
    const { format, width } = await sharp(readFileSync(filesOf(journal).sheet)).metadata();
    expect(format).toBe('webp');
    expect(width).toBeGreaterThan(2 * 256);
  });

  it('leaves none where no image is kept', async () => {
    const notices: string[] = [];
    const { summary, journal } = await searchPlainly({
      config: { saveImages: 'none' },
      observers: [{ name: 'listener', onNotice: ({ message }) => void notices.push(message) }],
    });
    expect(summary.files['sheet']).toBeUndefined();
    expect(existsSync(filesOf(journal).sheet)).toBe(false);
    expect(notices).toEqual([]);
  });

  it('is none the worse for images that are damaged in between', async () => {
    let folder = '';
    const { summary, journal } = await searchPlainly({
      observers: [
        {
          name: 'saboteur',
          onBegin: ({ journal: file }) => {
            folder = filesOf(file).images;
          },
          onTrial: () => {
            if (!existsSync(folder)) return;
            for (const file of readdirSync(folder)) writeFileSync(path.join(folder, file), 'no image');
          },
        },
      ],
    });
    expect(summary).toMatchObject({ reason: { code: 'iterations' }, unwritten: [] });
    expect(summary.files['sheet']).toBe(filesOf(journal).sheet);
  });
});

describe('the rows of a sheet', () => {
  it('are the first and the best where there are no baselines', async () => {
    const sheet = await sheetOf(run.journal);
    const best = run.summary.recommended?.trial;
    expect(sheet.rows.map(({ name, iteration }) => [name, iteration])).toEqual(
      best === 1
        ? [['best', 1]]
        : [
            ['first', 1],
            ['best', best],
          ],
    );
    expect(sheet).toMatchObject({ proof: null, columns: 2, images: 2 });
  });

  it('are the baselines and the best', async () => {
    const whole = await searchPlainly({ config: { iterations: 8 } });
    const best = whole.summary.recommended?.trial;
    expect(best).toBeGreaterThan(3);
    withBaselines(whole);
    const { rows } = await sheetOf(whole.journal);
    expect(rows.map(({ name, iteration }) => [name, iteration])).toEqual([
      ['A', 1],
      ['B', 2],
      ['half', 3],
      ['best', best],
    ]);
  });

  it('show a merge once that is a baseline and the best', async () => {
    withBaselines(run);
    const records = { ...(await recordsOf(run.journal)), best: 3 };
    expect(imagesOf(records).merges.map(({ name }) => name)).toEqual(['A', 'B', 'half']);
  });

  it('are what is asked for, in that order', async () => {
    withBaselines(run);
    expect(namesOf(await sheetOf(run.journal, ['--iterations', '4,0.5,1-2,best,a,4']))).toEqual([
      4,
      'half',
      1,
      2,
      'best',
      'A',
    ]);
    for (const [list, sentence] of [
      ['5', 'The run has no iteration 5; it has 4.'],
      ['runner-up', 'The run has no runner-up'],
      ['worst', '"worst" is not a number'],
      ['3-1', '"3-1" is not a number, a range such as 3-7, or one of'],
      ['1-999999', 'more than 100 rows do not fit on a sheet'],
    ] as const) {
      const { code, stderr } = await runInProcess(['sheet', run.journal, '--iterations', list]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
    }
  });

  it('may lack images, but not all of them', async () => {
    const folder = filesOf(run.journal).images;
    for (const file of readdirSync(folder)) if (file.startsWith('1-')) rmSync(path.join(folder, file));
    const sheet = await sheetOf(run.journal, ['--iterations', '1,2']);
    expect(sheet.rows.map(({ hasImages }) => hasImages)).toEqual([false, true]);
    const { merges } = imagesOf(await recordsOf(run.journal), [1, 2]);
    expect(merges.map(({ images }) => images.map(({ reason }) => reason))).toEqual([
      ['not kept', 'not kept'],
      [undefined, undefined],
    ]);
    const { code, stderr } = await runInProcess(['sheet', run.journal, '--iterations', '1']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--save-images all')]);
  });
});

describe('fresh images of a proof', () => {
  const CANDIDATES = ['best', 'runner-up', 'A', 'B', 'half'];

  it('are shown in place of those of the search', async () => {
    withProof(run, CANDIDATES, 'best');
    const sheet = await sheetOf(run.journal);
    expect(sheet).toMatchObject({ proof: 1, columns: 2 });
    expect(namesOf(sheet)).toEqual(['A', 'B', 'half', 'best']);
    const { merges, columns } = imagesOf(await recordsOf(run.journal));
    expect(columns.map(({ seed }) => seed)).toEqual([901, 902]);
    expect(merges.map(({ name, trial, score }) => [name, trial, score])).toEqual([
      ['A', 1, 0.25],
      ['B', undefined, 0.35],
      ['half', 1, 0.45],
      ['best', 1, 0.05],
    ]);
    expect(path.basename(merges.at(-1)?.images[1]?.file ?? '')).toBe('proof1-best-stripes-2-902.png');
  });

  it('show the runner-up too where it has proved to be better', async () => {
    withProof(run, CANDIDATES, 'runner-up');
    expect(namesOf(await sheetOf(run.journal))).toEqual(['A', 'B', 'half', 'runner-up', 'best']);
  });

  it('are not shown of a proof that compares nothing yet, or that iterations came after', async () => {
    withProof(run, ['best'], 'best');
    expect(await sheetOf(run.journal)).toMatchObject({ proof: null });
    withProof(run, CANDIDATES, 'best');
    expect(await sheetOf(run.journal)).toMatchObject({ proof: 1 });
    const asked = { kind: 'asked', trial: 5, origin: 'optimizer', point: [], weights: {} };
    writeFileSync(run.journal, `${JSON.stringify(asked)}\n`, { flag: 'a' });
    expect(await sheetOf(run.journal)).toMatchObject({ proof: null });
    expect(await sheetOf(run.journal, ['--iterations', 'best,runner-up'])).toMatchObject({ proof: 1 });
  });

  it('cannot be beside other iterations', async () => {
    withProof(run, CANDIDATES, 'best');
    expect(await sheetOf(run.journal, ['--iterations', '2,best'])).toMatchObject({ proof: null });
    expect(await sheetOf(run.journal, ['--iterations', 'runner-up,A'])).toMatchObject({ proof: 1 });
  });

  it('are those of candidates that are done, and need files', async () => {
    withProof(run, ['best', 'A'], 'best', false);
    expect(await sheetOf(run.journal)).toMatchObject({ proof: null });
  });
});

describe('the images of a sheet', () => {
  it('are told by their payload, and by their prompt where that was drawn', async () => {
    const records = await recordsOf(run.journal);
    const captions = (of: RunRecords): string[] => imagesOf(of).columns.map(({ caption }) => caption);
    expect(captions(records)).toEqual(['stripes', 'stripes']);
    const { plan } = records;
    const other = plan.requests.map((request) => ({ ...request, id: 'drawn/0', prompt: 'a pink moon' }));
    const requests = [...plan.requests.map((request) => ({ ...request, prompt: 'a star' })), ...other];
    expect(captions({ ...records, plan: { ...plan, requests } })).toEqual([
      'a star',
      'a star',
      'a pink moon',
      'a pink moon',
    ]);
  });
});

describe('the file of a sheet', () => {
  it('has the format and the size that are asked for', async () => {
    const output = path.join(run.folder, 'new', 'x.png');
    expect((await sheetOf(run.journal, ['--output', output, '--width', '300'])).output).toBe(output);
    const { format, width } = await sharp(readFileSync(output)).metadata();
    expect(format).toBe('png');
    expect(width).toBeLessThanOrEqual(300);
    const beside = await sheetOf(run.journal, ['--format', 'png', '--max-columns', '1']);
    expect(beside).toMatchObject({
      output: filesOf(run.journal).sheet.replace('.webp', '.png'),
      columns: 1,
      images: 2,
    });
  });

  it('has only the payloads that are asked for', async () => {
    expect(await sheetOf(run.journal, ['--payloads', 'x, STR*s'])).toMatchObject({ images: 2 });
    const { code, stderr } = await runInProcess(['sheet', run.journal, '--payloads', 'strip']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('stripes')]);
  });

  it.each([
    ['--output', 'x.jpg'],
    ['--width', '10'],
    ['--width', 'x'],
    ['--max-columns', '0'],
  ])('is refused with %s %s', async (flag, value) => {
    const { code } = await runInProcess(['sheet', run.journal, flag, value]);
    expect(code).toBe(2);
  });

  it('cannot be made without a plan', async () => {
    const recovered = path.join(run.folder, 'log.journal.jsonl');
    const record = {
      kind: 'recovered',
      version: 1,
      source: 'x',
      modelA: null,
      modelB: null,
      output: null,
      queue: [],
    };
    writeFileSync(recovered, `${JSON.stringify(record)}\n`);
    const { code, stderr } = await runInProcess(['sheet', recovered]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('neither a plan nor images to show')]);
  });
});

describe('imagesOf', () => {
  it('takes the best score for the best, or whichever it is told', async () => {
    const records = await recordsOf(run.journal);
    const trialOf = (of: RunRecords, name: MergeName): number | undefined =>
      imagesOf(of, [name]).merges[0]?.trial;
    expect(trialOf(records, 'best')).toBe(run.summary.best?.trial);
    expect(trialOf({ ...records, best: 2 }, 'best')).toBe(2);
    expect(trialOf(records, 3)).toBe(3);
  });
});
