/**
 * The very same pixels for other weights are never scored in silence: a cache in between may send an old image, and a server
 * may have stopped merging. The image is drawn again after merging has been set up again. What comes then decides: another
 * image is the right one; the same again is only believed when the earlier iteration still gives it too and a third merge
 * does not, as with a block in which both models are equal.
 *
 * Neither are the same pixels for two seeds of one iteration. That says nothing of the merge, so only the second of both is drawn again,
 * once: the same again, and the server ignores the seed.
 */
import { runError } from '../shared/errors.ts';
import { effectiveWeights } from '../renderers/index.ts';
import { uniformWeights } from '../space/blocks.ts';
import {
  inWords,
  nameOf,
  type EvaluationFailure,
  type Look,
  type MeasuredTrial,
} from '../trial/evaluator.ts';
import type { BlockWeights, ImageRecord, ImageRequest } from '../types.ts';
import { differingBlocks, type RepeatedImage, type SeenImages } from './seen-images.ts';
import { sentencesOf, type Lane, type Session } from './session.ts';

export const PICTURES_UNCHANGED = 'pictures-unchanged';

export interface Examined {
  readonly trial: MeasuredTrial;
  readonly images: readonly ImageRecord[];
  /** Images that the trial had before. */
  readonly had: readonly ImageRecord[];
  /** What was found before the images were drawn again. */
  readonly before: RepeatedImage | undefined;
  /** They are not to be drawn again. */
  readonly isLast: boolean;
}

/**
 * The images may be scored; or they are wrong, which ends the run; or the server did not answer; or some are to be drawn again: of two seeds
 * with the same pixels only what is named, in all other cases everything, merging set up again.
 */
export type Settled = 'trusted' | { readonly again: RepeatedImage } | { readonly wrong: Error } | Unanswered;

/** Whether an image can be trusted could not be found out. */
interface Unanswered {
  readonly failure: EvaluationFailure;
  readonly look: Look | null;
}

/** What it takes to find that out, and to take back what cannot be trusted. */
export interface SettleContext extends Pick<Session, 'observers' | 'signal'> {
  readonly plan: Pick<Session['plan'], 'config' | 'space'> & { readonly requests: readonly ImageRequest[] };
  readonly seen: SeenImages;
  /** What was measured of these is not to be trusted: it is measured again. */
  readonly takeBack: (trials: readonly number[], reason: string) => void;
}

/** `wrong`: run error `pictures-unchanged`, when they cannot be trusted whatever is done. */
export async function settleRepeats(
  session: SettleContext,
  lane: Lane,
  examined: Examined,
): Promise<Settled> {
  const { trial, images, had, before, isLast } = examined;
  const { seen, plan } = session;
  const found = seen.find(trial, images, plan.requests, had);
  if (isOfSeeds(before)) {
    if (found === undefined) return confirmOther(session, lane, examined, before);
    if (isOfSeeds(found) && isSameImage(found.image, before.image))
      return { wrong: unchanged(session, trial, found) };
  }
  if (before === undefined || isOfSeeds(before)) {
    if (found === undefined || seen.isKnownToBeAlike(trial, found)) return 'trusted';
    const what = isOfSeeds(found)
      ? 'drawing the second again'
      : 'setting up the merge and drawing the image again';
    say(session, 'warn', `${nameOf(trial)}: ${sentenceOf(found)}; ${what}.`);
    return { again: found };
  }
  if (found === undefined) return (await confirmEarlier(session, lane, trial, before)) ?? 'trusted';
  const follows = await followsWeights(session, lane, trial, found);
  if (typeof follows !== 'boolean') return follows;
  if (follows) {
    seen.noteAlike(trial, found, plan.space.dimensions);
    const blocks =
      found.earlier === undefined ? [] : differingBlocks(trial.weights, found.earlier.trial.weights);
    say(
      session,
      'info',
      `${nameOf(trial)}: ${sentenceOf(found)}, even after the merge was set up again, but a third merge gives a different one: ${blocks.join(', ')} ${blocks.length === 1 ? 'has' : 'have'} no effect here, and the score counts.`,
    );
    return 'trusted';
  }
  if (!isLast) return { again: found };
  return { wrong: unchanged(session, trial, found) };
}

/** Two seeds of one iteration gave the same pixels. */
function isOfSeeds(repeated: RepeatedImage | undefined): repeated is RepeatedImage {
  return repeated !== undefined && repeated.earlier === undefined;
}

function isSameImage(one: ImageRecord, other: ImageRecord): boolean {
  return one.request === other.request && one.index === other.index;
}

/** The second image is another one when it is drawn again: nobody knows yet whose image both were before. */
async function confirmOther(
  session: SettleContext,
  lane: Lane,
  { trial, images, isLast }: Examined,
  { image, other }: RepeatedImage,
): Promise<Settled> {
  const first = images.find((one) => isSameImage(one, other));
  if (first === undefined) return 'trusted';
  const gives = await drawsAgain(session, lane, trial.weights, first, first.pixels);
  if (typeof gives !== 'boolean') return gives;
  if (gives) return 'trusted';
  const second = images.find((one) => isSameImage(one, image)) ?? image;
  const repeated = { image: first, earlier: undefined, other: second };
  return isLast ? { wrong: unchanged(session, trial, repeated) } : { again: repeated };
}

/** The new image is another one: was the one before an old one, or has the earlier iteration itself a wrong one? */
async function confirmEarlier(
  session: SettleContext,
  lane: Lane,
  trial: MeasuredTrial,
  { earlier, image }: RepeatedImage,
): Promise<Unanswered | undefined> {
  if (earlier === undefined) return undefined;
  const gives = await drawsAgain(session, lane, earlier.trial.weights, earlier.image, image.pixels);
  if (typeof gives !== 'boolean') return gives;
  if (gives) {
    say(
      session,
      'info',
      `${nameOf(trial)}: that was an old image; ${inWords(earlier.trial)} still gives it, but this one now gives a different one.`,
    );
    return undefined;
  }
  session.takeBack(
    [earlier.trial.id],
    `The image ${earlier.image.request} of ${inWords(earlier.trial)} was also received for other weights, and its own weights now give a different one.`,
  );
  return undefined;
}

/** Do the images of this request follow the weights, although these two do not? */
async function followsWeights(
  session: SettleContext,
  lane: Lane,
  trial: MeasuredTrial,
  { image, earlier }: RepeatedImage,
): Promise<boolean | Unanswered> {
  if (earlier === undefined) return false;
  const gives = async (weights: BlockWeights, of: ImageRecord): Promise<boolean | Unanswered> =>
    drawsAgain(session, lane, weights, of, image.pixels);
  const stillThere = await gives(earlier.trial.weights, earlier.image);
  if (stillThere !== true) return stillThere;
  const { architecture } = session.plan.config;
  const candidates = [0, 0.5, 1].map((weight) =>
    effectiveWeights(uniformWeights(weight, architecture), lane.capabilities, architecture),
  );
  const nearest = (weights: BlockWeights): number =>
    Math.min(distance(weights, trial.weights), distance(weights, earlier.trial.weights));
  const [witness] = candidates.toSorted((one, other) => nearest(other) - nearest(one));
  if (witness === undefined) return false;
  const isAlsoOfWitness = await gives(witness, image);
  if (isAlsoOfWitness !== false) return isAlsoOfWitness === true ? false : isAlsoOfWitness;
  // Only now it is certain that the server answers for itself again; the one before may have been the last of a row of old ones.
  return gives(trial.weights, image);
}

/** Do these weights give that image now? */
async function drawsAgain(
  session: SettleContext,
  lane: Lane,
  weights: BlockWeights,
  { request, index }: ImageRecord,
  pixels: string,
): Promise<boolean | Unanswered> {
  const redrawn = await lane.evaluator.redraw(
    { request, index, weights },
    session.signal,
    sentencesOf(session, lane),
  );
  if (redrawn.failure !== null) return { failure: redrawn.failure, look: redrawn.look };
  return redrawn.pixels === pixels;
}

function unchanged(session: SettleContext, trial: MeasuredTrial, found: RepeatedImage): Error {
  if (found.earlier === undefined) {
    return runError(
      PICTURES_UNCHANGED,
      `${nameOf(trial)}: ${sentenceOf(found)}, even when drawn again: the WebUI ignores the seed, or something in between sends the same image every time. Fix that, restart the WebUI, then resume.`,
      { endsRun: true },
    );
  }
  const involved = session.seen.trialsWith(found.image);
  const what = `${nameOf(trial)}: ${sentenceOf(found)}, even after the merge was set up again, and other weights change nothing: the WebUI no longer merges, or something in between sends old images.`;
  session.takeBack(involved, what);
  return runError(
    PICTURES_UNCHANGED,
    `${what} Restart it, then resume; ${involved.length === 1 ? `iteration ${involved.join()} is` : `iterations ${involved.join(', ')} are`} unreliable and will be measured again.`,
    { endsRun: true },
  );
}

function sentenceOf({ image, earlier, other }: RepeatedImage): string {
  return earlier === undefined
    ? `the images of seed ${other.seed} (${other.request}) and seed ${image.seed} (${image.request}) are identical`
    : `the image ${image.request} is identical to ${other.request} of ${inWords(earlier.trial)}, which has other weights`;
}

function say({ observers }: Pick<Session, 'observers'>, level: 'info' | 'warn', message: string): void {
  observers.onNotice({ level, message });
}

function distance(one: BlockWeights, other: BlockWeights): number {
  return Object.keys(one).reduce((sum, block) => sum + Math.abs((one[block] ?? 0) - (other[block] ?? 0)), 0);
}
