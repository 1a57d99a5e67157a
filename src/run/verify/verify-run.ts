/**
 * Is a run what its journal says? Everything that follows from something else in it is derived again: points from seed and scores,
 * weights from points, scores from images, files from the journal. Nothing is written, and no server is asked.
 */
import fs from 'node:fs';
import { JournalFollower, type NewRecords } from '../../journal/follow.ts';
import { trialsOf } from '../../journal/read.ts';
import type { JournalRecord, RecordOf } from '../../journal/record.ts';
import { counted } from '../../shared/counted.ts';
import { usageError } from '../../shared/errors.ts';
import { readBytes } from '../../shared/files/read-bytes.ts';
import { FileRefused } from '../../shared/files/read-file.ts';
import { isSystemError, systemReason } from '../../shared/system-error.ts';
import { checkAsks } from './check-asks.ts';
import { checkCheckpoint, checkCsv, checkModels, checkRecipe } from './check-files.ts';
import { checkIterations } from './check-iterations.ts';
import { albumOf, checkPictures, checkScores } from './check-pictures.ts';
import { checkProof } from './check-proof.ts';
import { checked, unchecked, type Check, type Verification } from './check.ts';

export interface VerifySettings {
  readonly journal: string;
  /** Kept pictures are judged again: how far a score may be off, as a share of it; not judged unless given. */
  readonly tolerance?: number | undefined;
  /** Scorers may start the programs and ask the addresses that the journal names; not unless given. */
  readonly isTrusted?: boolean | undefined;
  /** Where the checkpoints are as files of this machine; not looked at unless given. */
  readonly modelsDir?: string | undefined;
  readonly signal: AbortSignal;
}

/** @throws usage errors `journal-unreadable`, `journal-damaged` where it does not begin with a plan; the signal's reason */
export async function verifyRun(settings: VerifySettings): Promise<Verification> {
  const { journal } = settings;
  const { records, check: lines } = await readLines(journal);
  const [first] = records;
  if (first?.kind !== 'plan' && first?.kind !== 'recovered') {
    throw usageError(
      'journal-damaged',
      `The journal ${journal} does not begin with a readable plan${lines.state === 'differs' ? `: ${lines.differences[0]?.message}` : '.'}`,
    );
  }
  const rest =
    first.kind === 'plan'
      ? await checkPlanned(first, records, lines.state === 'right', settings)
      : await checkRecovered(first, records, journal);
  const checks = [lines, ...rest];
  return { journal, isRight: checks.every(({ state }) => state !== 'differs'), checks };
}

interface Lines {
  readonly records: readonly JournalRecord[];
  readonly check: Check;
}

/** Whatever can be read of it. */
async function readLines(journal: string): Promise<Lines> {
  let read: NewRecords;
  let isTorn: boolean;
  try {
    read = await new JournalFollower(journal).read();
    isTorn = endsWithin(journal);
  } catch (cause) {
    if (!(cause instanceof FileRefused) && !isSystemError(cause)) throw cause;
    throw usageError(
      'journal-unreadable',
      `The journal ${journal} cannot be read (${systemReason(cause)}).`,
      {
        cause,
      },
    );
  }
  const { records, problems } = read;
  const torn = isTorn ? '; the last one was cut off by a crash, and the next resume removes it' : '';
  const summary = `${counted(records.length + problems.length, 'line')}${torn}`;
  const differences = problems.map((message) => ({ message }));
  return { records, check: checked('lines', summary, differences) };
}

const LINE_FEED = 10;

function endsWithin(journal: string): boolean {
  const handle = fs.openSync(journal, 'r');
  try {
    const { size } = fs.fstatSync(handle);
    const last = Buffer.alloc(1);
    return size > 0 && readBytes(handle, last, size - 1) === 1 && last[0] !== LINE_FEED;
  } finally {
    fs.closeSync(handle);
  }
}

async function checkPlanned(
  { plan, recipe }: RecordOf<'plan'>,
  records: readonly JournalRecord[],
  isWhole: boolean,
  { journal, tolerance, isTrusted = false, modelsDir, signal }: VerifySettings,
): Promise<Check[]> {
  const { finished } = trialsOf(records);
  const album = albumOf(plan, records, finished, journal);
  const { check: asks, state } = isWhole
    ? checkAsks(plan, records)
    : { check: unchecked('asks', LINES_MISSING), state: undefined };
  return [
    checkIterations(plan, records),
    asks,
    await checkPictures(album, plan, signal),
    tolerance === undefined
      ? unchecked('scores', 'Not requested (--scores)')
      : await checkScores(plan, album, { tolerance, isTrusted, signal }),
    modelsDir === undefined
      ? unchecked('models', 'Not requested (--models-dir)')
      : await checkModels(plan, modelsDir, signal),
    modelsDir === undefined
      ? unchecked('checkpoint', 'Not requested (--models-dir)')
      : await checkCheckpoint(records, signal),
    isWhole ? await checkCsv(plan, finished, journal) : unchecked('csv', LINES_MISSING),
    await recipeOf(state, isWhole, { recipe, journal }),
    checkProof(plan, records),
  ];
}

const LINES_MISSING = 'Lines of the journal are missing';

async function recipeOf(
  state: ReturnType<typeof checkAsks>['state'],
  isWhole: boolean,
  files: Parameters<typeof checkRecipe>[1],
): Promise<Check> {
  if (!isWhole) return unchecked('recipe', LINES_MISSING);
  if (state === undefined) return unchecked('recipe', 'The recommendation of the optimizer is unknown');
  return checkRecipe(state, files);
}

/** Of what a log knew nothing follows from anything else, but for its CSV. */
async function checkRecovered(
  { source }: RecordOf<'recovered'>,
  records: readonly JournalRecord[],
  journal: string,
): Promise<Check[]> {
  const { finished } = trialsOf(records);
  const why = `Recovered from ${source}, which has no plan`;
  const without = (['iterations', 'asks', 'pictures', 'scores', 'models', 'checkpoint'] as const).map(
    (name) => unchecked(name, why),
  );
  return [
    ...without,
    await checkCsv(undefined, finished, journal),
    unchecked('recipe', why),
    unchecked('proof', why),
  ];
}
