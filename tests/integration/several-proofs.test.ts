/** A run that was proved more than once: report and sheet tell of the merge that it recommends. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesOf } from '../../src/journal/name-run.ts';
import { parseJournal, readJournal, trialsOf } from '../../src/journal/read.ts';
import { webuiError } from '../../src/renderers/index.ts';
import { makeReport } from '../../src/report/index.ts';
import { proveRun } from '../../src/run/prove-run.ts';
import { imagesOf, type Gallery } from '../../src/sheet/index.ts';
import { isBaseline, type FinishedTrial } from '../../src/types.ts';
import { environmentOf, searchTiny, type SearchResult } from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

const CONFIG = { baselines: true, iterations: 4, earlyStop: false, saveImages: 'all' } as const;

async function search(config: Readonly<Record<string, unknown>> = {}): Promise<SearchResult> {
  return searchTiny({ config: { ...CONFIG, prove: 8, ...config } });
}

const TOOK = /Took [^A-Z]* Highest score/;

async function prove(
  { journal }: SearchResult,
  iteration: number | undefined,
  renderer = new TinyRenderer(),
): Promise<void> {
  const options = { overrides: { prove: 8 }, scoring: {}, iteration };
  await proveRun(journal, options, environmentOf({ renderers: [renderer] }));
}

/** The report from its verdict on, as text. A later proof makes the time of the whole longer: it is left out. */
async function verdictOf({ journal }: SearchResult): Promise<string> {
  const { page } = await makeReport([journal]);
  const text = page
    .replaceAll(/<(style|script)[\s\S]*?<\/\1>/g, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ');
  const told = text.slice(text.lastIndexOf('Is it better?'));
  expect(told).toMatch(TOOK);
  return told.replace(TOOK, 'Took some time Highest score');
}

async function galleryOf({ journal, summary }: SearchResult): Promise<Gallery> {
  const { records } = await readJournal(journal);
  const [first] = records;
  if (first?.kind !== 'plan') throw new Error('no plan');
  return imagesOf({
    plan: first.plan,
    records,
    images: filesOf(journal).images,
    best: summary.recommended?.trial,
  });
}

/** The worst iteration of the search, so that no proof has drawn it yet. */
function another({ journalText, journal }: SearchResult): number {
  const { finished } = trialsOf(parseJournal(journalText, journal).records);
  const iterations = finished.filter((trial) => trial.state === 'scored' && !isBaseline(trial));
  const [worst] = iterations.toSorted((one, other) => scoreOf(one) - scoreOf(other));
  if (worst === undefined) throw new Error('nothing was scored');
  return worst.id;
}

function scoreOf(trial: FinishedTrial): number {
  return trial.state === 'scored' ? trial.score : -Infinity;
}

describe('a run with several proofs', () => {
  it('tells of the proof of its best, whatever was proved later', async () => {
    const run = await search();
    const before = await verdictOf(run);
    await prove(run, another(run));
    expect(await verdictOf(run)).toBe(before);
    expect(before).not.toContain('This proof is about');
    expect(await galleryOf(run)).toMatchObject({
      proof: 1,
      isOfOther: false,
      best: run.summary.recommended?.trial,
    });
  });

  it('tells of the finished one where a later one was interrupted', async () => {
    const run = await search();
    const before = await verdictOf(run);
    let images = 0;
    const gone = new TinyRenderer({
      failAt: () =>
        images++ < 3 ? undefined : webuiError('webui-auth', 'gone', { retry: 'never', endsRun: true }),
    });
    await expect(prove(run, another(run), gone)).rejects.toThrow('gone');
    expect(await verdictOf(run)).toBe(before);
    expect(await galleryOf(run)).toMatchObject({ proof: 1 });
  });

  it('says so where only another iteration was proved', async () => {
    const run = await search({ prove: 0 });
    await prove(run, another(run));
    expect(await verdictOf(run)).toContain(
      `This proof is about iteration ${another(run)}. The run recommends iteration ${run.summary.recommended?.trial}, which has no finished proof of its own.`,
    );
    expect(await galleryOf(run)).toMatchObject({ proof: 1, isOfOther: true, best: another(run) });
  });

  it('recommends the same without its recipe, half of each too', async () => {
    // No iteration comes up to half of each.
    const run = await search({ iterations: 1 });
    const before = await verdictOf(run);
    expect(run.summary.recommended?.weights['IN00']).toBe(0.5);
    for (const file of readdirSync(run.folder))
      if (file.includes('recipe')) rmSync(path.join(run.folder, file), { recursive: true });
    expect(existsSync(run.journal)).toBe(true);
    expect(await verdictOf(run)).toBe(before);
    expect(before).not.toContain('This proof is about');
  });
});
