/** Runs the searches of a chain one after the other; what cannot be done stops only what needs it. */
import path from 'node:path';
import type { Chain, ChainStep } from '../../config/chain.ts';
import { plainName } from '../../config/merge-lines.ts';
import { isExpected, messageOf } from '../../shared/errors.ts';
import { createJournal, withdrawJournal, type Journal } from '../../journal/append.ts';
import type { BlockWeights } from '../../types.ts';
import type { RunSummary } from '../5-finish.ts';
import type { Environment } from '../environment.ts';
import { chainFile } from '../../journal/name-run.ts';
import { resumeRun, runSearch, type RunOptions } from '../run.ts';
import type { ResumeOverrides } from '../resume.ts';
import { timestamp } from '../session.ts';
import type { ChainRecord } from '../../journal/chain-record.ts';

export interface StepResult {
  readonly step: ChainStep;
  readonly title: string;
  /** `blocked`: it needs what an earlier one did not make; `stopped`: interrupted, and so were all after it. */
  readonly state: 'done' | 'failed' | 'blocked' | 'stopped';
  readonly message: string;
  /** Of this session; undefined when it was done earlier, or never begun. */
  readonly summary: RunSummary | undefined;
}

export interface ChainSummary {
  readonly journal: string;
  readonly results: readonly StepResult[];
}

export interface ChainWatcher {
  readonly onStep: (title: string, isResumed: boolean) => void;
  readonly onResult: (result: StepResult) => void | Promise<void>;
}

/** Everything that the steps share. */
export interface ChainWork {
  readonly chain: Chain;
  readonly folder: string;
  readonly journal: Journal<ChainRecord>;
  readonly environment: Environment;
  readonly watcher: ChainWatcher;
  /** What an earlier session has done. */
  readonly done: ReadonlyMap<string, Ended>;
  /** Journals of steps that an earlier session has begun. */
  readonly begun: ReadonlyMap<string, string>;
  readonly overrides: ResumeOverrides;
}

interface Ended {
  readonly weights: BlockWeights | undefined;
  readonly checkpoint: string | undefined;
}

/**
 * @param raw the configuration as given, without secrets: what a resume plans the same chain from
 */
export async function runChain(
  chain: Chain,
  raw: Readonly<Record<string, unknown>>,
  environment: Environment,
  watcher: ChainWatcher,
): Promise<ChainSummary> {
  const [first] = chain.steps;
  if (first === undefined) throw new Error('a chain has at least one step');
  const { folder, output } = first.config;
  const file = chainFile(folder, output, new Date(environment.clock.now()));
  const journal = createJournal<ChainRecord>(file);
  try {
    journal.append({ kind: 'chain', version: 1, config: { ...raw }, time: timestamp(environment.clock) });
  } catch (error) {
    withdrawJournal(journal);
    throw error;
  }
  const nothing = { done: new Map(), begun: new Map(), overrides: {} };
  return carryOut({ chain, folder, journal, environment, watcher, ...nothing });
}

/** Takes every step in its order. */
export async function carryOut(work: ChainWork): Promise<ChainSummary> {
  const { chain, journal, environment, watcher } = work;
  const results: StepResult[] = [];
  const ended = new Map(work.done);
  const begun = new Map(work.begun);
  try {
    for (const step of chain.steps) {
      const title = titleOf(step, chain);
      if (ended.has(step.id)) {
        results.push({ step, title, state: 'done', message: 'Already done.', summary: undefined });
        continue;
      }
      const obstacle = obstacleTo(step, chain, ended);
      const isStopped = environment.signal.aborted || results.at(-1)?.state === 'stopped';
      const result = isStopped
        ? ({ step, title, state: 'stopped', message: 'Not started.', summary: undefined } as const)
        : obstacle === undefined
          ? await takeStep(work, step, { ended, begun })
          : ({ step, title, state: 'blocked', message: obstacle, summary: undefined } as const);
      results.push(result);
      await watcher.onResult(result);
    }
    tell(environment, journal.check());
    return { journal: journal.file, results };
  } finally {
    tell(environment, journal.close());
  }
}

/** `Merge 2 of 3, pass 1 of 2: A + B = O` */
export function titleOf(
  { line, pass, config }: ChainStep,
  { merges, passes }: Pick<Chain, 'merges' | 'passes'>,
): string {
  const merge = merges > 1 ? [`merge ${line + 1} of ${merges}`] : [];
  const which = [...merge, ...(passes > 1 ? [`pass ${pass + 1} of ${passes}`] : [])].join(', ');
  const names = `${config.modelA} + ${config.modelB} = ${config.output}`;
  return which === '' ? names : `${which.charAt(0).toUpperCase()}${which.slice(1)}: ${names}`;
}

interface Progress {
  readonly ended: Map<string, Ended>;
  readonly begun: Map<string, string>;
}

async function takeStep(work: ChainWork, step: ChainStep, { ended, begun }: Progress): Promise<StepResult> {
  const { journal, environment, watcher } = work;
  const known = begun.get(step.id);
  const title = titleOf(step, work.chain);
  watcher.onStep(title, known !== undefined);
  const end = (state: 'done' | 'failed', message: string, summary?: RunSummary): StepResult => {
    const { recommended, checkpoint } = summary ?? {};
    const putRight = journal.append({
      kind: 'ended',
      step: step.id,
      state,
      message,
      weights: recommended === undefined ? null : { ...recommended.weights },
      checkpoint: checkpoint ?? null,
      time: timestamp(environment.clock),
    });
    tell(environment, putRight);
    if (state === 'done') ended.set(step.id, { weights: recommended?.weights, checkpoint });
    return { step, title, state, message, summary };
  };
  try {
    const summary =
      known === undefined
        ? await begin(work, step, { ended, begun })
        : await resumeRun(path.join(work.folder, known), work.overrides, environment);
    const { reason } = summary;
    if (environment.signal.aborted || reason.kind === 'halted')
      return { step, title, state: 'stopped', message: reason.message, summary };
    if (reason.kind !== 'goal') return end('failed', reason.message, summary);
    // Whoever needs it finds nothing: resuming the chain tries to write it once more.
    if (isNeeded(step, work.chain) && summary.checkpoint === undefined)
      return end('failed', `The merged checkpoint ${step.config.output} was not written.`, summary);
    return end('done', reason.message, summary);
  } catch (error) {
    if (environment.signal.aborted)
      return { step, title, state: 'stopped', message: 'Interrupted.', summary: undefined };
    if (!isExpected(error)) throw error;
    return end('failed', messageOf(error));
  }
}

/** A new search, with models that earlier merges have made under the names of their files. */
async function begin(work: ChainWork, step: ChainStep, { ended, begun }: Progress): Promise<RunSummary> {
  const { chain, journal, folder, environment } = work;
  const { modelA, modelB, output } = step.config;
  const made = (model: string): string => checkpointOf(model, step, chain, ended) ?? model;
  const config = { ...step.config, modelA: made(modelA), modelB: made(modelB) };
  const earlier = chain.steps
    .filter(({ line, pass }) => chain.shareMemory && line === step.line && pass < step.pass)
    .flatMap(({ id }) => {
      const file = begun.get(id);
      return file === undefined
        ? []
        : [{ journal: path.join(folder, file), weights: ended.get(id)?.weights }];
    });
  const options: RunOptions = {
    seedShift: step.seedShift,
    position: { pass: step.pass, chain: path.relative(folder, journal.file) },
    earlier,
    isNeeded: isNeeded(step, chain),
    ...(step.isLast ? {} : { recipeName: `${output}-P${step.pass + 1}` }),
    onBegin: (files) => {
      const file = path.relative(folder, files.journal);
      begun.set(step.id, file);
      const time = timestamp(environment.clock);
      tell(environment, journal.append({ kind: 'begun', step: step.id, journal: file, time }));
    },
  };
  return runSearch(config, environment, options);
}

function tell({ onWarning }: Environment, sentence: string | undefined): void {
  if (sentence !== undefined) onWarning(`! ${sentence}`);
}

/** Why the step cannot be taken. */
function obstacleTo(step: ChainStep, chain: Chain, ended: ReadonlyMap<string, Ended>): string | undefined {
  const before = chain.steps.find(({ line, pass }) => line === step.line && pass === step.pass - 1);
  if (before !== undefined && !ended.has(before.id)) return `Pass ${step.pass} was not finished.`;
  for (const need of step.needs) {
    const maker = chain.steps.find(({ line, isLast }) => line === need && isLast);
    if (maker === undefined) continue;
    if (!ended.has(maker.id)) return `It needs ${maker.config.output}, which merge ${need + 1} did not make.`;
  }
  return undefined;
}

function isNeeded({ line, isLast }: ChainStep, { steps }: Chain): boolean {
  return isLast && steps.some(({ needs }) => needs.includes(line));
}

/** The file in which an earlier merge has written that model. */
function checkpointOf(
  model: string,
  step: ChainStep,
  chain: Chain,
  ended: ReadonlyMap<string, Ended>,
): string | undefined {
  const maker = chain.steps.find(
    ({ line, isLast, config }) =>
      isLast && step.needs.includes(line) && plainName(model) === plainName(config.output),
  );
  const checkpoint = maker && ended.get(maker.id)?.checkpoint;
  return checkpoint === undefined ? undefined : path.basename(checkpoint.replaceAll('\\', '/'));
}
