/** The proof on fresh images, from a search to its verdict, with whatever may come in between. */
import { existsSync, readdirSync, rmSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesOf } from '../../src/journal/name-run.ts';
import { parseJournal } from '../../src/journal/read.ts';
import type { JournalRecord, RecordOf } from '../../src/journal/record.ts';
import { proofsOf } from '../../src/proof/read-proofs.ts';
import { webuiError } from '../../src/renderers/index.ts';
import { proveRun, type ProveOptions } from '../../src/run/prove-run.ts';
import type { BlockWeights } from '../../src/types.ts';
import { environmentOf, resumeTiny, searchTiny, type SearchSetting } from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

const ofKind = <K extends JournalRecord['kind']>(text: string, kind: K): RecordOf<K>[] =>
  parseJournal(text, 'the test').records.filter((one): one is RecordOf<K> => one.kind === kind);
const read = (journal: string): string => readFileSync(journal, 'utf8');

const SETTING: SearchSetting = { config: { prove: 6, saveImages: 'best' } };

async function later(
  journal: string,
  options: Partial<ProveOptions> = {},
  renderer = new TinyRenderer(),
): Promise<Awaited<ReturnType<typeof proveRun>>> {
  return proveRun(
    journal,
    { overrides: {}, scoring: {}, ...options },
    environmentOf({ renderers: [renderer] }),
  );
}

describe('a search with a proof', () => {
  it('compares best, runner-up, A, B and half on images of seeds that it never used', async () => {
    const { summary, journalText, journal } = await searchTiny(SETTING);
    const [plan] = ofKind(journalText, 'plan');
    const [proving] = ofKind(journalText, 'proving');
    expect(proving?.candidates.map(({ name }) => name)).toEqual(['best', 'runner-up', 'A', 'B', 'half']);
    expect(proving?.candidates[0]?.trial).toBe(summary.recommended?.trial);
    const used = new Set(plan?.plan.requests.flatMap(({ seeds }) => seeds));
    const fresh = proving?.requests.flatMap(({ seeds }) => seeds) ?? [];
    expect(new Set(fresh).size).toBe(6);
    expect(fresh.filter((seed) => used.has(seed))).toEqual([]);
    const proved = ofKind(journalText, 'proved');
    expect(proved.map(({ candidate, images }) => [candidate, images.length])).toEqual([
      ['best', 6],
      ['runner-up', 6],
      ['A', 6],
      ['B', 6],
      ['half', 6],
    ]);
    expect(summary.proof?.verdict.comparisons).toHaveLength(7);
    expect(summary.proof?.words[0]).toBe('Proof on 6 images of fresh seeds, judged by quality:');
    expect(ofKind(journalText, 'verdict')).toHaveLength(1);
    const kept = readdirSync(filesOf(journal).images).filter((file) => file.startsWith('proof1-'));
    expect(kept).toHaveLength(30);
    expect(kept).toContain(`proof1-runner-up-stripes-1-${fresh[0]}.png`);
  });

  it('draws at least eight images of a smaller set, and none with 0', async () => {
    const usual = await searchTiny({ config: { prove: undefined } });
    expect(usual.summary.proof?.verdict.images).toBe(8);
    const none = await searchTiny({ config: { prove: 0 } });
    expect(none.summary.proof).toBeUndefined();
    expect(ofKind(none.journalText, 'proving')).toEqual([]);
  });

  it('draws prompts that the search has not seen', async () => {
    const { journalText } = await searchTiny({
      ...SETTING,
      payload: { prompt: '{red|green|blue|grey|pink|black|white} {a|b|c|d|e}', wildcard_type: 'random' },
    });
    const [plan] = ofKind(journalText, 'plan');
    const used = plan?.plan.requests.map(({ prompt }) => prompt) ?? [];
    const [proving] = ofKind(journalText, 'proving');
    expect(proving?.requests.filter(({ prompt }) => used.includes(prompt))).toEqual([]);
    expect(proving?.requests.every(({ prompt, body }) => body['prompt'] === prompt)).toBe(true);
  });

  it('has none after an interrupt', async () => {
    const abort = new AbortController();
    const { summary, journalText } = await searchTiny({
      ...SETTING,
      signal: abort.signal,
      observers: [{ name: 'stop', onTrial: ({ id }) => (id === 3 ? abort.abort() : undefined) }],
    });
    expect(summary.reason.code).toBe('interrupted');
    expect(ofKind(journalText, 'proving')).toEqual([]);
  });
});

/** Told of every image of the proof. */
function countingRenderer(failFrom = Infinity): {
  readonly renderer: TinyRenderer;
  readonly drawn: string[];
} {
  const drawn: string[] = [];
  const renderer = new TinyRenderer({
    failAt: (_, { id }) =>
      id.startsWith('proof/') && drawn.length >= failFrom
        ? webuiError('webui-auth', 'Nobody may draw here any more.', { retry: 'never', endsRun: true })
        : undefined,
    onImage: (weights, { id }) => void (id.startsWith('proof/') && drawn.push(JSON.stringify([id, weights]))),
  });
  return { renderer, drawn };
}

describe('a proof that does not come to its end', () => {
  it('ends the run so that resume goes on with the candidate under way, and draws nothing twice', async () => {
    const broken = countingRenderer(15);
    const first = await searchTiny({ ...SETTING, renderers: [broken.renderer] });
    expect(first.summary.reason.code).toBe('error');
    expect(first.summary.reason.message).toContain('its proof on fresh images');
    expect(first.summary.canResume).toBe(true);
    expect(ofKind(first.journalText, 'proved').map(({ candidate }) => candidate)).toEqual([
      'best',
      'runner-up',
    ]);
    const well = countingRenderer();
    const { summary, journalText } = await resumeTiny(first.journal, { renderers: [well.renderer] });
    // Some of the candidate under way were finished.
    const finished = ofKind(first.journalText, 'proof-image').length - 12;
    expect(finished).toBeGreaterThan(0);
    expect(well.drawn).toHaveLength(18 - finished);
    expect(ofKind(journalText, 'proof-image')).toHaveLength(30);
    expect(summary.reason.kind).toBe('goal');
    expect(ofKind(journalText, 'proving')).toHaveLength(1);
    expect(ofKind(journalText, 'verdict')).toHaveLength(1);
    const whole = await searchTiny(SETTING);
    expect(summary.proof?.verdict).toEqual(whole.summary.proof?.verdict);
  });

  it('is gone on with by prove as well, and a finished one is only told again', async () => {
    const { renderer } = countingRenderer(7);
    const { journal } = await searchTiny({ ...SETTING, renderers: [renderer] });
    const well = countingRenderer();
    const { verdict } = await later(journal, {}, well.renderer);
    expect(well.drawn).toHaveLength(24);
    const idle = countingRenderer();
    expect((await later(journal, {}, idle.renderer)).verdict).toEqual(verdict);
    expect(idle.renderer.calls).toEqual([]);
  });
});

describe('a proof on a failing server', () => {
  const failing = (
    code: 'webui-out-of-memory' | 'webui-server-error',
    isHit: (id: string) => boolean,
  ): TinyRenderer =>
    new TinyRenderer({
      failAt: (_, { id }) =>
        isHit(id)
          ? webuiError(code, 'No.', {
              retry: 'never',
              ...(code === 'webui-server-error' && { image: { request: id } }),
            })
          : undefined,
    });

  it('is not over: nothing is said of a candidate that the server could not draw', async () => {
    let drawn = 0;
    const renderer = failing('webui-out-of-memory', (id) => id.startsWith('proof/') && drawn++ === 9);
    const first = await searchTiny({ ...SETTING, renderers: [renderer] });
    expect(first.summary.reason).toMatchObject({ code: 'error' });
    expect(first.summary.canResume).toBe(true);
    expect(ofKind(first.journalText, 'proved').map(({ candidate }) => candidate)).toEqual(['best']);
    expect(ofKind(first.journalText, 'verdict')).toEqual([]);
    const { summary } = await resumeTiny(first.journal);
    expect(summary.proof?.verdict).toEqual((await searchTiny(SETTING)).summary.proof?.verdict);
  });

  it('asks for missing images once more with prove, and only for them', async () => {
    const renderer = failing('webui-server-error', (id) => id === 'proof/stripes/1');
    const { journal, summary } = await searchTiny({ ...SETTING, renderers: [renderer] });
    expect(summary.reason.kind).toBe('goal');
    expect(summary.proof?.verdict.means.map(({ images }) => images)).toEqual([5, 5, 5, 5, 5]);
    const resumed = countingRenderer();
    await resumeTiny(journal, { renderers: [resumed.renderer] });
    expect(resumed.drawn).toEqual([]);
    const well = countingRenderer();
    const again = await later(journal, {}, well.renderer);
    expect(well.drawn).toHaveLength(5);
    expect(again.verdict.means.map(({ images }) => images)).toEqual([6, 6, 6, 6, 6]);
    expect(again.verdict.look).toBe(2);
    const idle = countingRenderer();
    expect((await later(journal, {}, idle.renderer)).verdict).toEqual(again.verdict);
    expect(idle.renderer.calls).toEqual([]);
  });

  it('says what it could not compare with, where all images of one candidate fail', async () => {
    const renderer = new TinyRenderer({
      failAt: (weights, { id }) =>
        id.startsWith('proof/') && Object.values(weights).every((weight) => weight === 1)
          ? webuiError('webui-server-error', 'NaN.', { retry: 'never', image: { request: id } })
          : undefined,
    });
    const { summary } = await searchTiny({ ...SETTING, renderers: [renderer] });
    expect(summary.proof?.verdict.isProved).toBe(false);
    expect(summary.proof?.words.at(-1)).toMatch(
      /^The .* could not be compared with model B: only 0 of 6 images of model B were drawn\.$/,
    );
  });
});

describe('who is compared', () => {
  const config = { baselines: true, prove: 8, iterations: 4, earlyStop: false };
  /** A is better than every merge. */
  const flipped = (weights: BlockWeights): BlockWeights =>
    Object.fromEntries(Object.entries(weights).map(([block, weight]) => [block, 0.55 * (1 - weight)]));

  it('is never model A in the place of the runner-up', async () => {
    const zeros = Array.from({ length: 26 }, () => '0').join(',');
    const { summary } = await searchTiny({
      config: { ...config, warmStart: [zeros] },
      renderers: [new TinyRenderer({ merges: flipped })],
    });
    const weights = summary.proof?.candidates.slice(0, 2).map((one) => Object.values(one.weights));
    expect(weights?.map((own) => own.some((weight) => weight !== 0))).toEqual([true, true]);
    expect(summary.proof?.candidates[1]?.name).toBe('runner-up');
  });

  it('is the iteration that was asked for, even model A, of which nothing is proved', async () => {
    const renderers = [new TinyRenderer({ merges: flipped })];
    const { journal } = await searchTiny({ config: { ...config, prove: 0 }, renderers });
    const options = { iteration: 1, overrides: { prove: 8 } };
    const { verdict, words } = await later(journal, options, new TinyRenderer({ merges: flipped }));
    expect(verdict.winner).toBe('best');
    expect(verdict.isProved).toBe(false);
    expect(words[1]).toContain('is model A itself');
  });

  it('is the recommended merge, whatever proof of another iteration is open', async () => {
    const { journal, summary } = await searchTiny({ config });
    const best = summary.recommended?.trial;
    const compared = summary.proof?.candidates.map(({ trial }) => trial) ?? [];
    const other = [4, 5, 6, 7].find((trial) => !compared.includes(trial));
    const broken = countingRenderer(3);
    await expect(later(journal, { iteration: other }, broken.renderer)).rejects.toMatchObject({
      code: 'webui-auth',
    });
    const resumed = await resumeTiny(journal);
    expect(resumed.summary.proof?.candidates[0]?.trial).toBe(best);
    expect((await later(journal)).candidates[0]?.trial).toBe(best);
  });

  it('is a baseline by the number of its last measurement', async () => {
    const { journal, journalText } = await searchTiny({ config });
    const lines = journalText.trimEnd().split('\n');
    const at = lines.findIndex((line) => line.includes('"kind":"proving"'));
    const time = { at: '2026-01-01T00:00:00.000Z' };
    const doubt = JSON.stringify({ kind: 'doubted', trials: [1, 5], reason: 'x', time });
    writeFileSync(journal, [...lines.slice(0, at), doubt, ''].join('\n'));
    const { summary } = await resumeTiny(journal);
    const trial = summary.proof?.candidates.find(({ name }) => name === 'A')?.trial;
    expect(trial).toBe(summary.baselines.find(({ name }) => name === 'A')?.trial);
    expect(trial).not.toBe(1);
  });
});

describe('autombw prove', () => {
  it('draws only what more images ask for, and judges all', async () => {
    const { journal } = await searchTiny(SETTING);
    const { renderer, drawn } = countingRenderer();
    const { verdict, proof } = await later(journal, { overrides: { prove: 10 } }, renderer);
    expect(proof).toBe(2);
    expect(verdict.images).toBe(10);
    expect(drawn).toHaveLength(20);
    const [one, two] = proofsOf(parseJournal(read(journal), 'the test').records);
    expect(two?.results[0]?.images.slice(0, 6)).toEqual(one?.results[0]?.images);
    expect(readdirSync(filesOf(journal).images).filter((file) => file.startsWith('proof2-'))).toHaveLength(
      50,
    );
  });

  it('judges by another scorer from the kept images, without a server', async () => {
    const { journal } = await searchTiny(SETTING);
    const scorer = path.join(path.dirname(journal), 'scorer.mjs');
    writeFileSync(scorer, SCORER);
    const scoring = { scorer: ['command'], scorerOptions: { 'command.run': `node "${scorer}"` } };
    const { renderer } = countingRenderer();
    const { scorers, verdict } = await later(journal, { scoring }, renderer);
    expect(renderer.calls).toEqual([]);
    expect(scorers).toEqual(['command']);
    expect(verdict.means.map(({ mean }) => mean)).toEqual([1, 1, 1, 1, 1]);
    expect(verdict.isProved).toBe(false);
  });

  it('draws those images again that are gone', async () => {
    const { journal } = await searchTiny(SETTING);
    const folder = filesOf(journal).images;
    for (const file of readdirSync(folder)) if (file.startsWith('proof1-A-')) rmSync(path.join(folder, file));
    const scorer = path.join(path.dirname(journal), 'scorer.mjs');
    writeFileSync(scorer, SCORER);
    const scoring = { scorer: ['command'], scorerOptions: { 'command.run': `node "${scorer}"` } };
    const { renderer, drawn } = countingRenderer();
    await later(journal, { scoring }, renderer);
    expect(drawn).toHaveLength(6);
  });

  it('proves a run that knew no proof, without its payload', async () => {
    const { journal, folder } = await searchTiny({ config: { prove: 0 } });
    rmSync(path.join(folder, 'stripes.json'));
    const { verdict } = await later(journal);
    expect(verdict.images).toBe(8);
    expect(existsSync(filesOf(journal).images)).toBe(true);
  });

  it('proves another iteration, and refuses one that there is not', async () => {
    const { journal } = await searchTiny({ config: { prove: 0 } });
    const { candidates } = await later(journal, { iteration: 2 });
    expect(candidates[0]?.trial).toBe(2);
    await expect(later(journal, { iteration: 99 })).rejects.toMatchObject({ code: 'iteration-unknown' });
  });

  it('says of a run of three iterations what there is to say, and nothing of one without a score', async () => {
    const { summary } = await searchTiny({ config: { prove: 6, iterations: 3 } });
    expect(summary.proof?.verdict.means).toHaveLength(5);
    const failing = new TinyRenderer({
      failAt: () => webuiError('webui-bad-reply', 'No.', { retry: 'never' }),
    });
    const none = await searchTiny({ config: { prove: 6, iterations: 3 }, renderers: [failing] });
    expect(none.summary.proof).toBeUndefined();
    await expect(later(none.journal)).rejects.toMatchObject({ code: 'nothing-to-prove' });
  });
});

/** Every image is worth 1. */
const SCORER = `process.stdin.setEncoding('utf8');
let rest = '';
process.stdin.on('data', (chunk) => {
  rest += chunk;
  const lines = rest.split('\\n');
  rest = lines.pop();
  for (const line of lines) {
    const { type, id } = JSON.parse(line);
    if (type === 'hello') console.log(JSON.stringify({ type: 'ready', name: 'ones', version: '1' }));
    if (type === 'score') console.log(JSON.stringify({ id, score: 1 }));
  }
});
`;
