/** The journal of a run on several WebUIs says all of it: what is derived from it alone is what the run has come to. */
import { afterEach, expect, it } from 'vitest';
import type { JournalRecord } from '../../src/journal/record.ts';
import { RunState } from '../../src/run/run-state.ts';
import { verifyRun } from '../../src/run/verify/verify-run.ts';
import { NEVER_ABORTED } from '../../src/shared/abort/never-aborted.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/index.ts';
import { ofKind, resumeOn, searchOn, type SimulatedResult } from '../helpers/simulated-search.ts';

const open = new Set<Simulator>();

afterEach(async () => {
  for (const simulator of open) await simulator.close();
  open.clear();
});

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({
    models: ['other', 'modelA', 'modelB'],
    latencyMs: 15,
    ...options,
  });
  open.add(simulator);
  return simulator;
}

async function kill(simulator: Simulator): Promise<void> {
  open.delete(simulator);
  await simulator.close();
}

function replayed(records: readonly JournalRecord[]): RunState {
  const [plan] = ofKind(records, 'plan');
  if (plan === undefined) throw new Error('the journal has a plan');
  const state = new RunState(plan.plan);
  expect(state.replay(records)).toEqual({ faithful: true });
  return state;
}

async function expectDerived({ records, summary }: SimulatedResult, iterations: number): Promise<void> {
  const state = replayed(records);
  expect(state.trials.filter(({ state: how }) => how === 'scored')).toHaveLength(iterations);
  expect(state.recommended()?.best).toMatchObject({
    trial: summary.best?.trial,
    score: summary.best?.score,
    weights: summary.best?.weights,
  });
  const { checks, isRight } = await verifyRun({
    journal: summary.files['journal'] ?? '',
    signal: NEVER_ABORTED,
  });
  expect(checks.filter(({ state: how }) => how === 'differs')).toEqual([]);
  expect(isRight).toBe(true);
}

/** Behind every record, how many iterations are asked for and not finished. */
function openBehind(records: readonly JournalRecord[]): number[] {
  let open = 0;
  return records.map(({ kind }) => {
    if (kind === 'asked') open++;
    if (kind === 'scored' || kind === 'failed') open--;
    return open;
  });
}

it('a run that is interrupted on two WebUIs and goes on with others is what its journal says', async () => {
  const controller = new AbortController();
  let finished = 0;
  const interrupting = {
    name: 'interrupting',
    onTrial: () => void (++finished === 4 && controller.abort()),
  };
  const config = { optimizer: 'bayesian', iterations: 9 };
  const setting = { config, observers: [interrupting], signal: controller.signal };
  const begun = await searchOn([await start(), await start()], setting);
  expect(begun.summary.reason.code).toBe('interrupted');
  expect(Math.max(...openBehind(begun.records))).toBe(2);
  const journal = begun.summary.files['journal'] ?? '';
  const fewer = await resumeOn([await start()], journal, { config: { iterations: 12 } });
  await expectDerived(fewer, 12);
  const more = await resumeOn([await start(), await start(), await start()], journal, {
    config: { iterations: 18 },
  });
  await expectDerived(more, 18);
  expect(ofKind(more.records, 'fleet').map(({ openTrials }) => openTrials)).toEqual([2, 1, 3]);
  expect(new Set(ofKind(more.records, 'fleet').map(({ members }) => members[0]?.address)).size).toBe(3);
});

it('iterations at a time follow the WebUIs that are there, and the journal says when', async () => {
  const [one, two] = [await start(), await start()];
  const { port } = two;
  const controller = new AbortController();
  let seen = 0;
  let isBack: number | undefined;
  let acted: Promise<unknown> = Promise.resolve();
  const actor = {
    name: 'actor',
    onTrial: () => {
      if (++seen === 4) acted = kill(two);
      if (seen === 9) acted = acted.then(async () => start({ port }));
      if (isBack !== undefined && seen === isBack + 6) controller.abort();
    },
    onNotice: ({ message }: { readonly message: string }) => {
      if (/is back and gets work again/.test(message)) isBack = seen;
    },
  };
  const result = await searchOn([one, two], {
    config: { iterations: 400 },
    observers: [actor],
    signal: controller.signal,
  });
  await acted;
  expect(ofKind(result.records, 'fleet').map(({ openTrials }) => openTrials)).toEqual([2, 1, 2]);
  expect(result.notices).toContain('1 iteration at a time from here on.');
  expect(result.notices).toContain('2 iterations at a time from here on.');
  const opened = openBehind(result.records);
  const alone = result.records.findIndex((entry) => entry.kind === 'fleet' && entry.openTrials === 1);
  const again = result.records.findLastIndex(({ kind }) => kind === 'fleet');
  expect(Math.max(...opened.slice(0, alone))).toBe(2);
  // The other one finishes both that were open, and asks for one at a time from then on.
  const finished = result.records.flatMap(({ kind }, at) => (kind === 'scored' && at > alone ? at : []));
  const between = opened.slice((finished[1] ?? again) + 1, again);
  expect(between.length).toBeGreaterThan(0);
  expect(Math.max(...between)).toBe(1);
  expect(Math.max(...opened.slice(again))).toBe(2);
  replayed(result.records);
});
