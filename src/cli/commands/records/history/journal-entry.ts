/** One run out of its journal: quickly, because hundreds may be listed; points, weights and images are passed over. */
import { z } from 'zod';
import { isExpected, messageOf } from '../../../../shared/errors.ts';
import { liveOwner } from '../../../../journal/find.ts';
import {
  expectNothingNewer,
  NewerJournal,
  rawLines,
  shapeFault,
  writtenByNewer,
  type RawLine,
} from '../../../../journal/lines.ts';
import { JOURNAL_LIMIT, journalText, parseJournal, trialsOf } from '../../../../journal/read.ts';
import { RECORD_FORMAT, type SearchPlan } from '../../../../journal/record.ts';
import { readStage, type Stage } from '../../../../journal/stage.ts';
import { TrialScores } from '../../../../judging/trial-scores.ts';
import { isReadFailure, readRegularFileSync } from '../../../../shared/files/read-file.ts';
import { isModelItself, mergesOf, type BlockWeights } from '../../../../types.ts';
import { kindOfStop } from '../../../../stop/stop-reason.ts';
import { namedEntry, type HistoryEntry, type RunState } from './entry.ts';

/** Never throws for what is wrong with the file: then its state is `unreadable`. */
export function journalEntry(journal: string): HistoryEntry {
  const named = namedEntry(journal);
  try {
    return { ...named, ...readEntry(journal) };
  } catch (error) {
    // Ours, of the file system, and of lines that are no records; anything else is a defect.
    const isKnown = isExpected(error) || isReadFailure(error) || error instanceof SyntaxError;
    if (!isKnown) throw error;
    return { ...named, ...NOTHING, state: 'unreadable', reason: oneSentence(error) };
  }
}

export const NOTHING = {
  best: null,
  bestIteration: null,
  scored: 0,
  failed: 0,
  images: null,
  hours: null,
  scorer: '',
  optimizer: '',
  reason: '',
} as const;

/** The few fields that are needed; other kinds of records are passed over. */
const at = z.object({ at: z.string() });
const trial = z.number();
const lineSchema = z.union([
  z.object({
    kind: z.enum(['scored', 'added', 'learnt']),
    trial,
    score: z.number(),
    images: z.array(z.unknown()).optional(),
    missing: z.array(z.unknown()).optional(),
    repeatOf: z.number().optional(),
    time: at.optional(),
  }),
  z.object({ kind: z.literal('asked'), trial, baseline: z.string().optional() }),
  z.object({ kind: z.literal('failed'), trial, time: at }),
  z.object({ kind: z.enum(['doubted', 'rejected']), trials: z.array(trial) }),
  z.object({ kind: z.enum(['resumed', 'continued']), time: at }),
  z.object({
    kind: z.literal('stopped'),
    reason: z.object({ code: z.string(), message: z.string() }),
    time: at,
  }),
]);
type Line = z.output<typeof lineSchema>;
const READ: ReadonlySet<string> = new Set([
  'asked',
  'scored',
  'added',
  'learnt',
  'failed',
  'doubted',
  'rejected',
  'resumed',
  'continued',
  'stopped',
]);
const kindSchema = z.object({ kind: z.string() });

function readEntry(journal: string): Partial<HistoryEntry> & Omit<HistoryEntry, keyof Named> {
  const whole = journalText(readRegularFileSync(journal, JOURNAL_LIMIT));
  const firstEnd = whole.indexOf('\n') + 1;
  // Checks the version, and says what is wrong with an empty or foreign file.
  const [first] = parseJournal(whole.slice(0, firstEnd), journal).records;
  const lines = readLines(whole.split('\n').slice(0, -1), journal);
  const plan = first?.kind === 'plan' ? first.plan : undefined;
  const began = first?.kind === 'plan' ? first.time.at : undefined;
  return {
    ...namesOf(first?.kind === 'recovered' ? first : undefined, plan),
    ...scoresOf(lines, plan),
    ...(plan !== undefined && isUneven(plan, lines) && bestOfUneven(plan, whole, journal)),
    ...stateOf(lines, plan !== undefined, journal),
    hours: hoursOf(lines, began),
    scorer: plan === undefined ? '' : plan.scorers.map(({ id }) => id).join('+'),
    optimizer:
      plan === undefined
        ? ''
        : [plan.optimizer.name, plan.optimizer.second?.name].filter((name) => name !== undefined).join(' → '),
  };
}

type Named = ReturnType<typeof namedEntry>;

/** All but the first. @throws SyntaxError; usage error `journal-version` for what a newer autombw wrote, wherever it stands */
function readLines(texts: readonly string[], journal: string): Line[] {
  try {
    const raw = rawLines(texts, RECORD_FORMAT);
    const lines: Line[] = [];
    for (const line of raw) {
      try {
        if (line.number > 1) lines.push(...readLine(line));
      } catch (cause) {
        expectNothingNewer(raw);
        throw new SyntaxError(
          `line ${line.number} is damaged (${cause instanceof z.ZodError ? shapeFault(cause) : messageOf(cause)})`,
          { cause },
        );
      }
    }
    return lines;
  } catch (error) {
    throw error instanceof NewerJournal ? writtenByNewer(`The journal ${journal}`, error.message) : error;
  }
}

function readLine(line: RawLine): Line[] {
  if ('error' in line) throw line.error;
  return READ.has(kindSchema.parse(line.raw).kind) ? [lineSchema.parse(line.raw)] : [];
}

function namesOf(
  recovered: { readonly modelA: string | null; readonly modelB: string | null } | undefined,
  plan: SearchPlan | undefined,
): { modelA?: string; modelB?: string } {
  if (plan !== undefined) {
    const { server, config } = plan;
    const modelA = server?.modelA.file ?? config.modelA;
    return { modelA, modelB: server?.modelB.file ?? config.modelB };
  }
  const { modelA, modelB } = recovered ?? {};
  return { ...(modelA != null && { modelA }), ...(modelB != null && { modelB }) };
}

/** Of an iteration that got more images the last score counts; baselines are measured beside the iterations, and what repeats one is none. */
function scoresOf(
  lines: readonly Line[],
  plan: SearchPlan | undefined,
): Pick<HistoryEntry, 'best' | 'bestIteration' | 'scored' | 'failed' | 'images'> {
  const doubted = new Set(
    lines.flatMap((line) => (line.kind === 'doubted' || line.kind === 'rejected' ? line.trials : [])),
  );
  const baselines = baselinesIn(lines);
  const planned = new Map<string, BlockWeights>(plan?.baselines?.map(({ name, weights }) => [name, weights]));
  const isModel = (name: string): boolean =>
    isModelItself({ baseline: name, weights: planned.get(name) ?? {} });
  const none = new Set([...baselines].filter(([, name]) => isModel(name)).map(([id]) => id));
  const repeated = new Set<number>();
  for (const line of lines) {
    if (line.kind !== 'scored' || line.repeatOf === undefined) continue;
    if (none.has(line.repeatOf)) none.add(line.trial);
    if (baselines.has(line.repeatOf)) repeated.add(line.trial);
  }
  const scores = new Map<number, number>();
  let failed = 0;
  let images = 0;
  for (const line of lines) {
    if (line.kind === 'failed' && !baselines.has(line.trial)) failed += 1;
    if (line.kind !== 'scored' && line.kind !== 'added' && line.kind !== 'learnt') continue;
    images += line.images?.length ?? 0;
    if (!doubted.has(line.trial)) scores.set(line.trial, line.score);
    else if (line.kind !== 'added' && !baselines.has(line.trial)) failed += 1;
  }
  let best: number | null = null;
  let bestIteration: number | null = null;
  for (const [trial, score] of scores) {
    if (none.has(trial) || (best !== null && score <= best)) continue;
    best = score;
    bestIteration = trial;
  }
  const scored = [...scores.keys()].filter((id) => !baselines.has(id) && !repeated.has(id)).length;
  return { best, bestIteration, scored, failed, images };
}

/** By trial. */
function baselinesIn(lines: readonly Line[]): ReadonlyMap<number, string> {
  return new Map(
    lines.flatMap((line) =>
      line.kind === 'asked' && line.baseline !== undefined ? [[line.trial, line.baseline] as const] : [],
    ),
  );
}

/**
 * Not every iteration has all images: then the highest score may be that of a few easy ones. Or scores have changed since they
 * were recorded.
 */
function isUneven(plan: SearchPlan, lines: readonly Line[]): boolean {
  // Whether a score of an earlier pass is that of a baseline, only the weights tell.
  const isOfBaseline =
    baselinesIn(lines).size > 0 && lines.some((line) => line.kind === 'scored' && line.repeatOf === 0);
  return (
    isOfBaseline ||
    plan.imageOrder !== undefined ||
    new TrialScores(plan).areEstimates ||
    lines.some((line) => line.kind === 'scored' && line.missing !== undefined && line.missing.length > 0)
  );
}

/** The best among scores made comparable, as the run itself has it. This needs the scores of all images. */
function bestOfUneven(
  plan: SearchPlan,
  whole: string,
  journal: string,
): Pick<HistoryEntry, 'best' | 'bestIteration'> {
  const scores = new TrialScores(plan);
  const { finished } = trialsOf(parseJournal(whole, journal).records);
  const merges = new Set(mergesOf(finished).map(({ id }) => id));
  const [best] = [...scores.comparable(finished)]
    .filter(([trial]) => merges.has(trial))
    .toSorted(([, one], [, other]) => other - one);
  if (best === undefined) return { best: null, bestIteration: null };
  const [id, comparable] = best;
  const trial = finished.find((one) => one.id === id);
  // With all images the score is what it is.
  const isWhole = trial?.state === 'scored' && trial.images.length === scores.total && !scores.areEstimates;
  return { best: isWhole ? trial.score : comparable, bestIteration: id };
}

function stateOf(
  lines: readonly Line[],
  hasPlan: boolean,
  journal: string,
): { state: RunState; reason: string } {
  if (!hasPlan) return { state: 'recovered', reason: '' };
  if (liveOwner(journal) !== undefined)
    return { state: 'running', reason: whereItStands(readStage(journal)) };
  const last = lines.findLast((line) => line.kind === 'resumed' || line.kind === 'stopped');
  if (last?.kind !== 'stopped')
    return { state: 'dead', reason: 'It was killed; autombw resume continues it.' };
  return {
    state: kindOfStop(last.reason.code) === 'goal' ? 'finished' : 'stopped',
    reason: last.reason.message,
  };
}

/** Of a run that lives, where it does not just search. */
export function whereItStands(stage: Stage | undefined): string {
  switch (stage?.name) {
    case 'paused':
      return stage.isProof ? 'It is paused within its proof.' : 'It is paused.';
    case 'stopping':
      return 'It is coming to a stop.';
    case 'proving':
    case 'proved':
      return 'Its best is compared on fresh images.';
    default:
      return '';
  }
}

/** From the beginning of every session to its last record; neither the time between sessions counts nor a pause. */
function hoursOf(lines: readonly Line[], began: string | undefined): number | null {
  if (began === undefined) return null;
  let milliseconds = 0;
  let from = Date.parse(began);
  let to = from;
  for (const line of lines) {
    if (!('time' in line) || line.time === undefined) continue;
    const now = Date.parse(line.time.at);
    if (line.kind === 'resumed' || line.kind === 'continued') {
      milliseconds += to - from;
      from = now;
    }
    to = now;
  }
  return (milliseconds + to - from) / 3_600_000;
}

function oneSentence(error: unknown): string {
  return messageOf(error).replaceAll(/\s+/g, ' ').slice(0, 300);
}
