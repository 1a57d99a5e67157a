/** A journal as its report needs it. Nothing is asked of a server, and what was lost since is left out. */
import { afterColon } from '../shared/after-colon.ts';
import { isExpected } from '../shared/errors.ts';
import { liveOwner } from '../journal/find.ts';
import { JOURNAL_SUFFIX, outputOf } from '../journal/name-run.ts';
import { readJournal, trialsOf } from '../journal/read.ts';
import type { JournalRecord, SearchPlan } from '../journal/record.ts';
import { comparableIn } from '../judging/trial-scores.ts';
import { explain } from '../importance/explain.ts';
import type { Importance } from '../importance/importance.ts';
import { chooseProof } from '../proof/choose-proof.ts';
import { proofsOf } from '../proof/read-proofs.ts';
import { describeJudging } from '../score/what-it-judges.ts';
import { isReadFailure } from '../shared/files/read-file.ts';
import { pickBlocks, sameWeights } from '../space/blocks.ts';
import { kindOfStop } from '../stop/stop-reason.ts';
import { isArchitecture } from '../architectures/registry.ts';
import { mergesOf, type Best, type BlockWeights, type FinishedTrial } from '../types.ts';
import { readRunWeights } from '../weights/run.ts';
import type { Recommended, ReportModel, ReportRun, RunEnd } from './report.ts';

export interface ReadRunOptions {
  /** What the run recommends, where the caller knows; otherwise its recipe says so, or else the best score. */
  readonly best?: Best | undefined;
  /** Where the caller has it already. */
  readonly importance?: Importance | undefined;
}

export interface ReadRun {
  readonly run: ReportRun;
  readonly records: readonly JournalRecord[];
}

/** @throws usage errors of journals */
export async function readReportRun(
  journal: string,
  { best, importance }: ReadRunOptions = {},
): Promise<ReadRun> {
  const { records, torn } = await readJournal(journal);
  const [first] = records;
  const plan = first?.kind === 'plan' ? first.plan : undefined;
  const { finished: trials } = trialsOf(records);
  const comparable = comparableIn(plan, trials);
  const end = endOf(records, journal);
  const recommended = await recommendedOf({ journal, plan, trials, comparable }, best);
  const run: ReportRun = {
    name: nameOf(first, journal),
    journal,
    began: first?.kind === 'plan' ? first.time.at : undefined,
    ended: records.findLast(hasTime)?.time.at,
    end,
    models: modelsOf(first),
    plan,
    trials,
    comparable,
    recommended,
    proof: chooseProof(proofsOf(records), {
      weights: recommended?.weights,
      scorers: plan?.scorers ?? [],
    }),
    importance: importance ?? (plan && explain(plan, trials, comparable)),
    judging: plan && describeJudging(plan.scorers),
    warnings: warningsOf(records, { torn, end }),
  };
  return { run, records };
}

function hasTime(
  record: JournalRecord,
): record is JournalRecord & { readonly time: { readonly at: string } } {
  return 'time' in record;
}

function nameOf(first: JournalRecord | undefined, journal: string): string {
  if (first?.kind === 'plan') return first.plan.config.output;
  const output = first?.kind === 'recovered' ? first.output : null;
  if (output !== null) return output;
  const named = outputOf(journal);
  return named.endsWith(JOURNAL_SUFFIX) ? named.slice(0, -JOURNAL_SUFFIX.length) : named;
}

function modelsOf(first: JournalRecord | undefined): ReportRun['models'] {
  if (first?.kind === 'recovered') {
    return { a: modelOf(first.modelA ?? 'model A'), b: modelOf(first.modelB ?? 'model B') };
  }
  if (first?.kind !== 'plan') return { a: modelOf('model A'), b: modelOf('model B') };
  const { server, config } = first.plan;
  if (server === null) return { a: modelOf(config.modelA), b: modelOf(config.modelB) };
  return { a: servedModel(server.modelA), b: servedModel(server.modelB) };
}

function modelOf(name: string): ReportModel {
  return { name: plainName(name), file: undefined, hash: undefined };
}

function servedModel({ file, hash }: NonNullable<SearchPlan['server']>['modelA']): ReportModel {
  return { name: plainName(file), file, hash: hash ?? undefined };
}

/** Without folder, ending and the hash that WebUIs put behind titles. */
function plainName(file: string): string {
  const name = file.replace(/^.*[\\/]/, '').replace(/ \[[0-9a-f]+\]$/, '');
  return name.replace(/\.(?:safetensors|ckpt|pt)$/i, '') || file;
}

function endOf(records: readonly JournalRecord[], journal: string): RunEnd {
  if (records[0]?.kind === 'recovered') {
    return { kind: 'recovered', sentence: `Recovered from ${records[0].source}.` };
  }
  const last = records.findLast(({ kind }) => kind === 'resumed' || kind === 'stopped');
  if (last?.kind === 'stopped') {
    const kind = kindOfStop(last.reason.code) === 'goal' ? 'finished' : 'stopped';
    return { kind, sentence: last.reason.message };
  }
  const sentence =
    liveOwner(journal) === undefined
      ? 'It ended unexpectedly: it was killed, or the machine went down.'
      : 'It was still running when this report was made.';
  return { kind: 'open', sentence };
}

interface Read {
  readonly journal: string;
  readonly plan: SearchPlan | undefined;
  readonly trials: readonly FinishedTrial[];
  readonly comparable: ReadonlyMap<number, number>;
}

async function recommendedOf(read: Read, best: Best | undefined): Promise<Recommended | undefined> {
  if (best !== undefined) return { weights: best.weights, trial: best.trial, score: best.score };
  const { plan, trials, comparable } = read;
  const [top] = mergesOf(trials)
    .filter(({ state }) => state === 'scored')
    .toSorted((one, other) => (comparable.get(other.id) ?? 0) - (comparable.get(one.id) ?? 0));
  if (top === undefined) return undefined;
  const written = await writtenWeights(read);
  if (written === undefined) return { weights: top.weights, trial: top.id, score: comparable.get(top.id) };
  const architecture = plan?.space.architecture;
  const weights =
    architecture !== undefined && isArchitecture(architecture) ? pickBlocks(written, architecture) : written;
  const same = trials.find((trial) => trial.state === 'scored' && sameWeights(trial.weights, weights));
  return { weights, trial: same?.id, score: same && comparable.get(same.id) };
}

/** By the recipe of the run; undefined where it cannot be read any more. */
async function writtenWeights({ journal }: Read): Promise<BlockWeights | undefined> {
  try {
    const { weights, chosenOf } = await readRunWeights(journal);
    // Without a recipe that is the best score, baselines included.
    return chosenOf === undefined ? weights : undefined;
  } catch (error) {
    if (!isExpected(error) && !isReadFailure(error)) throw error;
    return undefined;
  }
}

function warningsOf(
  records: readonly JournalRecord[],
  { torn, end }: { readonly torn: boolean; readonly end: RunEnd },
): string[] {
  const doubts = records.flatMap((record) =>
    record.kind === 'doubted'
      ? [`Iterations ${record.trials.join(', ')} were measured again: ${afterColon(record.reason)}`]
      : [],
  );
  const rejections = records.flatMap((record) =>
    record.kind === 'rejected'
      ? [`Iteration ${record.trials.join(', ')} does not count: rejected by ${record.by}.`]
      : [],
  );
  return [
    ...(end.kind === 'stopped' || end.kind === 'open' ? [end.sentence] : []),
    ...(torn ? ['The last line of the journal is cut off and was ignored.'] : []),
    ...doubts,
    ...rejections,
  ];
}
