/** Do the kept pictures have the pixels that the journal says, and what do the scorers say of them now? */
import { decodeImage, hashPixels, LARGEST_IMAGE } from '../../images/decode.ts';
import { keptImage } from '../../images/kept-image.ts';
import { imageKey, imageNames, proofImageFile } from '../../images/names.ts';
import { filesOf } from '../../journal/name-run.ts';
import type { JournalRecord, SearchPlan } from '../../journal/record.ts';
import { judgeAgain } from '../../judging/judge-again.ts';
import { proofsOf } from '../../proof/read-proofs.ts';
import { counted } from '../../shared/counted.ts';
import { isExpected } from '../../shared/errors.ts';
import { isReadFailure, readRegularFile } from '../../shared/files/read-file.ts';
import { systemReason } from '../../shared/system-error.ts';
import type { FinishedTrial, ImageRecord, ImageRequest } from '../../types.ts';
import { checked, isAlike, unchecked, type Check, type Difference } from './check.ts';

/** A picture that lies beside the journal, and what is recorded of it. */
interface Kept {
  readonly file: string;
  readonly image: ImageRecord;
  readonly requests: readonly ImageRequest[];
  /** Of an iteration, or of a candidate of a proof. */
  readonly iteration: number | undefined;
  readonly place: string;
}

export interface Album {
  readonly kept: readonly Kept[];
  /** Recorded, and not there. */
  readonly gone: number;
}

export function albumOf(
  plan: SearchPlan,
  records: readonly JournalRecord[],
  trials: readonly FinishedTrial[],
  journal: string,
): Album {
  const { images: folder } = filesOf(journal);
  const names = imageNames(plan.requests);
  const kept: Kept[] = [];
  let gone = 0;
  const add = (file: string | undefined, rest: Omit<Kept, 'file'>): void => {
    if (file === undefined) gone++;
    else kept.push({ file, ...rest });
  };
  for (const { id, images } of trials) {
    for (const image of images) {
      const stem = names.stem(id, imageKey(image.request, image.index));
      const file = stem === undefined ? undefined : keptImage(folder, stem);
      add(file, { image, requests: plan.requests, iteration: id, place: '' });
    }
  }
  for (const { plan: proof, results } of proofsOf(records)) {
    for (const { candidate, images } of results) {
      const place = `${candidate.name} of proof ${proof.proof}: `;
      for (const image of images) {
        const file = proofImageFile(folder, proof, candidate.name, image);
        add(file, { image, requests: proof.requests, iteration: undefined, place });
      }
    }
  }
  return { kept, gone };
}

/** @param plan says which were to be kept */
export async function checkPictures(
  { kept, gone }: Album,
  { config: { saveImages } }: Pick<SearchPlan, 'config'>,
  signal: AbortSignal,
): Promise<Check> {
  const is = gone === 1 ? 'is' : 'are';
  const was = gone === 1 ? 'was' : 'were';
  const others = counted(gone, kept.length === 0 ? 'image' : 'other');
  const why =
    saveImages === 'all'
      ? `${is} missing, although the run keeps all (--save-images all)`
      : `${was} not kept`;
  const rest = gone === 0 ? '' : `; ${others} ${why}`;
  if (kept.length === 0) return unchecked('pictures', `There are no images to check${rest}`);
  const differences: Difference[] = [];
  for (const one of kept) {
    const message = await faultOf(one, signal);
    if (message !== undefined) differences.push(differenceOf(one, message));
  }
  return checked('pictures', `Pixels of ${counted(kept.length, 'image')}${rest}`, differences);
}

async function faultOf({ file, image }: Kept, signal: AbortSignal): Promise<string | undefined> {
  try {
    const bytes = await readRegularFile(file, { limit: LARGEST_IMAGE, signal });
    const isSame = hashPixels(await decodeImage(bytes)) === image.pixels;
    return isSame ? undefined : `${file} does not have the recorded pixels`;
  } catch (error) {
    signal.throwIfAborted();
    if (!isExpected(error) && !isReadFailure(error)) throw error;
    return `${file} cannot be read (${systemReason(error)})`;
  }
}

export interface ScoreSettings {
  /** How far a score may be off, as a share of it (of 1 for those below): another processor may round otherwise. */
  readonly tolerance: number;
  /** Scorers may start the programs and ask the addresses that the journal names. */
  readonly isTrusted: boolean;
  readonly signal: AbortSignal;
}

/** By the scorers of the run, where they run here and are the same. */
export async function checkScores(
  plan: SearchPlan,
  { kept }: Album,
  { tolerance, isTrusted, signal }: ScoreSettings,
): Promise<Check> {
  if (kept.length === 0) return unchecked('scores', 'There are no images to score');
  const again = await judgeAgain(plan, kept, { isTrusted, signal });
  if ('why' in again) return unchecked('scores', again.why);
  const differences: Difference[] = [];
  for (const { kept: one, now } of again.judged) {
    const { file, image } = one;
    for (const [id, raw] of Object.entries(now.raw)) {
      const then = image.raw[id];
      if (then === undefined || !isAlike(then, raw, tolerance))
        differences.push(differenceOf(one, `${file}: "${id}" says ${raw}, recorded is ${then ?? 'nothing'}`));
    }
    if (!isAlike(now.score, image.score, tolerance))
      differences.push(differenceOf(one, `${file}: its score is ${now.score}, recorded is ${image.score}`));
  }
  const summary = `Scores of ${counted(again.judged.length, 'image')}, to ${tolerance} of their value`;
  return checked('scores', summary, differences);
}

function differenceOf({ iteration, place }: Kept, message: string): Difference {
  return { ...(iteration !== undefined && { iteration }), message: place + message };
}
