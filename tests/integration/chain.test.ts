/** Passes and merges that follow one another, over real HTTP against simulated WebUIs. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { planChain } from '../../src/config/chain.ts';
import { readJournal } from '../../src/journal/read.ts';
import type { RunObserver } from '../../src/observers/observer.ts';
import { readChainJournal } from '../../src/journal/chain-record.ts';
import { resumeChain } from '../../src/run/chain/resume-chain.ts';
import { runChain, type ChainSummary } from '../../src/run/chain/run-chain.ts';
import { defaultEnvironment, type Environment } from '../../src/run/environment.ts';
import { createRenderer } from '../../src/renderers/index.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/index.ts';
import { hurriedClock, ofKind } from '../helpers/simulated-search.ts';
import { temporaryFolder } from '../helpers/run-search.ts';
import { TINY_PAYLOAD } from '../helpers/work-folder.ts';
import { filesIn } from '../helpers/files-in.ts';

const open: Simulator[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const watcher = { onStep: () => {}, onResult: () => {} };

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  open.push(simulator);
  return simulator;
}

function environmentOf(
  simulator: Simulator,
  { signal, observers = [] }: { signal?: AbortSignal; observers?: readonly RunObserver[] } = {},
): Environment {
  return defaultEnvironment({
    clock: hurriedClock(),
    createRenderers: ({ modelA, modelB, modelsDir }) => [
      createRenderer({
        url: simulator.url,
        modelA,
        modelB,
        architecture: 'sd1',
        retryDelays: [0.01],
        pollSeconds: 0.02,
        ...(modelsDir === undefined ? {} : { modelsDir }),
      }),
    ],
    createObservers: () => observers,
    ...(signal === undefined ? {} : { signal }),
  });
}

function rawOf(over: Readonly<Record<string, unknown>>): { folder: string; raw: Record<string, unknown> } {
  const folder = temporaryFolder();
  const write = (name: string, payload: object): string => {
    fs.writeFileSync(path.join(folder, name), JSON.stringify(payload));
    return path.join(folder, name);
  };
  const raw = {
    payload: [write('hills.json', TINY_PAYLOAD)],
    iterations: 5,
    optimizer: 'random',
    earlyStop: false,
    baselines: false,
    prove: 0,
    folder,
    ...over,
  };
  write('lake.json', { ...TINY_PAYLOAD, prompt: 'a lake' });
  return { folder, raw };
}

const states = ({ results }: ChainSummary): string[] => results.map(({ state }) => state);

async function recordsOf(summary: ChainSummary, position: number): ReturnType<typeof readJournal> {
  return readJournal(summary.results[position]?.summary?.files['journal'] ?? '');
}

describe('passes', () => {
  const PAIR = { modelA: 'modelA', modelB: 'modelB', output: 'O', saveBest: 'none' };

  it('with the same payloads know every point of the passes before, and draw none of them again', async () => {
    const simulator = await start();
    const { folder, raw } = rawOf({ ...PAIR, pass: [{ optimizer: 'hill-climbing' }] });
    const summary = await runChain(planChain(raw), raw, environmentOf(simulator), watcher);
    expect(states(summary)).toEqual(['done', 'done']);
    const [first, second] = await Promise.all([recordsOf(summary, 0), recordsOf(summary, 1)]);
    const scored = ofKind(first.records, 'scored');
    const priors = ofKind(second.records, 'prior');
    expect(priors.map(({ score, measured }) => [score, measured])).toEqual(
      scored.map(({ score }) => [score, true]),
    );

    const best = Math.max(...scored.map(({ score }) => score));
    const [repeat, ...rest] = ofKind(second.records, 'scored');
    expect(repeat).toMatchObject({ score: best, repeatOf: 0, images: [] });
    expect(rest.filter(({ images }) => images.length === 2).length).toBeGreaterThan(0);
    expect(summary.results[1]?.summary?.best?.score).toBeGreaterThanOrEqual(best);

    const files = filesIn(folder);
    expect(
      files
        .filter((file) => file.endsWith('.recipe.txt'))
        .map((file) => path.basename(file))
        .toSorted(),
    ).toEqual(['O-P1.recipe.txt', 'O.recipe.txt']);
    expect(
      files
        .filter((file) => file.endsWith('.csv'))
        .map((file) => /O-\d/.exec(file)?.[0] ?? '')
        .toSorted((a, b) => (a < b ? -1 : 1)),
    ).toEqual(['O-0', 'O-1']);
    const rows = fs.readFileSync(path.join(folder, 'csv/history.tsv'), 'utf8').trim().split('\n').slice(1);
    expect(rows.map((row) => row.split('\t')[1])).toEqual(['0', '1']);
  });

  it('with other payloads begin from the best weights, which are drawn, and keep blocks that are off', async () => {
    const simulator = await start();
    const { folder, raw } = rawOf(PAIR);
    raw['pass'] = [{ payload: [path.join(folder, 'lake.json')], block: { IN00: 'off', OUT: 0 } }];
    const summary = await runChain(planChain(raw), raw, environmentOf(simulator), watcher);
    const { records } = await recordsOf(summary, 1);
    const best = summary.results[0]?.summary?.recommended?.weights;
    expect(ofKind(records, 'prior')).toEqual([]);
    const [plan] = ofKind(records, 'plan');
    expect(plan?.plan).toMatchObject({ pass: 1, space: { fixed: { IN00: best?.IN00, OUT: 0 } } });
    expect(ofKind(records, 'asked')[0]?.weights).toEqual({ ...best, OUT: 0 });
    expect(ofKind(records, 'scored')[0]).toMatchObject({ images: [{}, {}] });
  });

  it('that share nothing begin anew', async () => {
    const simulator = await start();
    const { raw } = rawOf({ ...PAIR, shareMemory: false, pass: [{ seed: 9 }] });
    const summary = await runChain(planChain(raw), raw, environmentOf(simulator), watcher);
    const { records } = await recordsOf(summary, 1);
    expect(ofKind(records, 'prior')).toEqual([]);
    expect(ofKind(records, 'asked').every(({ origin }) => origin === 'optimizer')).toBe(true);
  });
});

describe('merges that build on each other', () => {
  async function models(): Promise<{ simulator: Simulator; modelsDir: string }> {
    const modelsDir = temporaryFolder();
    const simulator = await start({ models: ['modelA', 'modelB', 'modelC'], modelsDir });
    return { simulator, modelsDir };
  }

  it('use the checkpoints that were written, with the seeds of every second one shifted', async () => {
    const { simulator, modelsDir } = await models();
    const { raw } = rawOf({ modelsDir, twoStep: true, merge: ['modelA + modelB = AB', 'AB + modelC = ABC'] });
    const summary = await runChain(planChain(raw), raw, environmentOf(simulator), watcher);
    expect(states(summary)).toEqual(['done', 'done']);
    expect(fs.readdirSync(modelsDir)).toEqual(expect.arrayContaining(['AB.safetensors', 'ABC.safetensors']));
    const plans = await Promise.all(
      [0, 1].map(async (at) => ofKind((await recordsOf(summary, at)).records, 'plan')[0]),
    );
    expect(plans.map((entry) => entry?.plan.server?.modelA.file)).toEqual([
      'modelA.safetensors',
      'AB.safetensors',
    ]);
    const seeds = plans.map((entry) => entry?.plan.requests.map(({ body }) => body['seed']));
    expect(seeds).toEqual([
      [7, 8],
      [8, 9],
    ]);
  });

  it('that fail stop those that need them and no others, and are tried again by a resume', async () => {
    const { simulator, modelsDir } = await models();
    const { raw } = rawOf({
      modelsDir,
      merge: ['modelA + late = X', 'X + modelB = Y', 'modelB + modelC = Z', 'Z + modelA = W'],
    });
    const summary = await runChain(planChain(raw), raw, environmentOf(simulator), watcher);
    expect(states(summary)).toEqual(['failed', 'blocked', 'done', 'done']);
    expect(summary.results.map(({ message }) => message).slice(0, 2)).toEqual([
      expect.stringMatching(/no model "late"/),
      'It needs X, which merge 1 did not make.',
    ]);

    fs.copyFileSync(path.join(modelsDir, 'modelC.safetensors'), path.join(modelsDir, 'late.safetensors'));
    const before = fs.statSync(path.join(modelsDir, 'W.safetensors')).mtimeMs;
    const resumed = await resumeChain(summary.journal, {}, environmentOf(simulator), watcher);
    expect(states(resumed)).toEqual(['done', 'done', 'done', 'done']);
    expect(resumed.results.map(({ summary: own }) => own !== undefined)).toEqual([true, true, false, false]);
    expect(fs.statSync(path.join(modelsDir, 'W.safetensors')).mtimeMs).toBe(before);
  });

  it('stop as a whole, and go on where they stopped', async () => {
    const { simulator, modelsDir } = await models();
    const { raw } = rawOf({ modelsDir, merge: ['modelA + modelB = AB', 'AB + modelC = ABC'] });
    const abort = new AbortController();
    let trials = 0;
    const stopper: RunObserver = {
      name: 'stopper',
      onTrial: () => {
        trials += 1;
        if (trials === 8) abort.abort(new Error('enough'));
      },
    };
    const environment = environmentOf(simulator, { signal: abort.signal, observers: [stopper] });
    const summary = await runChain(planChain(raw), raw, environment, watcher);
    expect(states(summary)).toEqual(['done', 'stopped']);

    const resumed = await resumeChain(summary.journal, {}, environmentOf(simulator), watcher);
    expect(states(resumed)).toEqual(['done', 'done']);
    const { records } = await recordsOf(resumed, 1);
    expect(ofKind(records, 'scored')).toHaveLength(5);
    expect(ofKind(records, 'resumed')).toHaveLength(1);
    const lines = await readChainJournal(summary.journal);
    expect(lines.map((line) => line.kind)).toEqual(['chain', 'begun', 'ended', 'begun', 'ended']);
  });
});
