/**
 * The very same pixels for other weights are never scored in silence: a cache in between may send an old image, and a server
 * may have stopped merging. The image is drawn again after merging has been set up again. What comes then decides: another
 * image is the right one; the same again is only believed when the earlier iteration still gives it too and a third merge
 * does not, as with a block in which both models are equal.
 */
import { runError } from '../shared/errors.ts';
import { effectiveWeights } from '../renderers/index.ts';
import { uniformWeights } from '../space/blocks.ts';
import type { BlockName, BlockWeights, ImageRecord, ImageRequest, OpenTrial, ScoredTrial } from '../types.ts';
import { pixelHash } from './1-prepare.ts';
import { doubt } from './reverify.ts';
import type { RunState } from './run-state.ts';
import type { Lane, Session } from './session.ts';

export const PICTURES_UNCHANGED = 'pictures-unchanged';

/** Two images that should differ and do not. */
export interface RepeatedImage {
  readonly image: ImageRecord;
  /** Where it was seen before; undefined = in the same iteration, with another seed. */
  readonly earlier: { readonly trial: ScoredTrial; readonly image: ImageRecord } | undefined;
  readonly other: ImageRecord;
}

export interface Examined {
  readonly trial: OpenTrial;
  readonly images: readonly ImageRecord[];
  /** What was found before the images were drawn again. */
  readonly before: RepeatedImage | undefined;
  /** They are not to be drawn again. */
  readonly isLast: boolean;
}

/**
 * @returns what is to be drawn again, merging set up again; undefined when the images may be scored
 * @throws run error `pictures-unchanged` when they cannot be trusted whatever is done; whatever rendering throws
 */
export async function settleRepeats(
  session: Session,
  lane: Lane,
  { trial, images, before, isLast }: Examined,
): Promise<RepeatedImage | undefined> {
  const found = session.seen.find(trial, images, session.plan.requests);
  if (before === undefined) {
    if (found === undefined || session.seen.isKnownToBeAlike(trial, found)) return undefined;
    say(
      session,
      'warn',
      `Iteration ${trial.id}: ${sentenceOf(found)}; merging is set up again and the image is drawn again.`,
    );
    return found;
  }
  if (found === undefined) {
    await confirmEarlier(session, lane, trial, before);
    return undefined;
  }
  if (await followsWeights(session, lane, trial, found)) {
    session.seen.noteAlike(trial, found, session.plan.space.dimensions);
    const blocks =
      found.earlier === undefined ? [] : differingBlocks(trial.weights, found.earlier.trial.weights);
    say(
      session,
      'info',
      `Iteration ${trial.id}: ${sentenceOf(found)}, even after merging was set up again, but a third merge gives another one: ${blocks.join(', ')} ${blocks.length === 1 ? 'has' : 'have'} no effect here, and the score counts.`,
    );
    return undefined;
  }
  if (!isLast) return found;
  throw unchanged(session, trial, found);
}

/** What was scored: pixels to images. */
export class SeenImages {
  readonly #ledger: RunState;
  /** Positions among the ledger's trials. */
  readonly #byPixels = new Map<string, number[]>();
  #indexed = 0;
  /** Blocks of which it is proved that they have no effect. */
  readonly #idle = new Set<BlockName>();

  constructor(ledger: RunState) {
    this.#ledger = ledger;
  }

  find(
    trial: OpenTrial,
    images: readonly ImageRecord[],
    requests: readonly ImageRequest[],
  ): RepeatedImage | undefined {
    this.#index();
    const here = new Map<string, ImageRecord>();
    for (const image of images) {
      const other = here.get(image.pixels);
      if (other !== undefined && other.seed !== image.seed && dependsOnSeed(image, requests)) {
        return { image, earlier: undefined, other };
      }
      here.set(image.pixels, image);
      const earlier = this.#seenWithOtherWeights(trial, image);
      if (earlier !== undefined) return { image, earlier, other: earlier.image };
    }
    return undefined;
  }

  isKnownToBeAlike(trial: OpenTrial, { earlier }: RepeatedImage): boolean {
    if (earlier === undefined) return false;
    return differingBlocks(trial.weights, earlier.trial.weights).every((block) => this.#idle.has(block));
  }

  /** Only of one dimension it can be said that it has no effect: of several, each may have undone the other. */
  noteAlike(
    trial: OpenTrial,
    { earlier }: RepeatedImage,
    dimensions: readonly { readonly blocks: readonly BlockName[] }[],
  ): void {
    if (earlier === undefined) return;
    const blocks = differingBlocks(trial.weights, earlier.trial.weights);
    const isOne = dimensions.some((dimension) => blocks.every((block) => dimension.blocks.includes(block)));
    if (isOne) for (const block of blocks) this.#idle.add(block);
  }

  /** All scored iterations that have an image like it. */
  trialsWith({ pixels }: ImageRecord): number[] {
    return (this.#byPixels.get(pixels) ?? []).flatMap((at) => {
      const trial = this.#ledger.trials[at];
      return trial?.state === 'scored' ? [trial.id] : [];
    });
  }

  #seenWithOtherWeights(trial: OpenTrial, image: ImageRecord): RepeatedImage['earlier'] {
    for (const at of this.#byPixels.get(image.pixels) ?? []) {
      const earlier = this.#ledger.trials[at];
      // One that was doubted since counts for nothing.
      if (earlier?.state !== 'scored' || differingBlocks(trial.weights, earlier.weights).length === 0)
        continue;
      const same = earlier.images.find(({ pixels }) => pixels === image.pixels);
      if (same !== undefined) return { trial: earlier, image: same };
    }
    return undefined;
  }

  #index(): void {
    const { trials } = this.#ledger;
    for (; this.#indexed < trials.length; this.#indexed++) {
      for (const { pixels } of trials[this.#indexed]?.images ?? []) {
        const known = this.#byPixels.get(pixels);
        if (known === undefined) this.#byPixels.set(pixels, [this.#indexed]);
        else if (known.at(-1) !== this.#indexed) known.push(this.#indexed);
      }
    }
  }
}

/** The new image is another one: was the one before an old one, or has the earlier iteration itself a wrong one? */
async function confirmEarlier(
  session: Session,
  lane: Lane,
  { id }: OpenTrial,
  { earlier, image }: RepeatedImage,
): Promise<void> {
  if (earlier === undefined) return;
  const { trial } = earlier;
  if (await gives(session, lane, trial.weights, earlier.image, image.pixels)) {
    say(
      session,
      'info',
      `Iteration ${id}: that was an old image; iteration ${trial.id} still gives it, but this iteration now gives another.`,
    );
    return;
  }
  doubt(
    session,
    [trial.id],
    `The image ${earlier.image.request} of iteration ${trial.id} came for other weights too, and its own weights now give another one.`,
  );
}

/** Do the images of this request follow the weights, although these two do not? */
async function followsWeights(
  session: Session,
  lane: Lane,
  trial: OpenTrial,
  { image, earlier }: RepeatedImage,
): Promise<boolean> {
  if (earlier === undefined) return false;
  if (!(await gives(session, lane, earlier.trial.weights, earlier.image, image.pixels))) return false;
  const { architecture } = session.plan.config;
  const candidates = [0, 0.5, 1].map((weight) =>
    effectiveWeights(uniformWeights(weight, architecture), lane.renderer.capabilities, architecture),
  );
  const nearest = (weights: BlockWeights): number =>
    Math.min(distance(weights, trial.weights), distance(weights, earlier.trial.weights));
  const [witness] = candidates.toSorted((one, other) => nearest(other) - nearest(one));
  if (witness === undefined || (await gives(session, lane, witness, image, image.pixels))) return false;
  // Only now it is certain that the server answers for itself again; the one before may have been the last of a row of old ones.
  return gives(session, lane, trial.weights, image, image.pixels);
}

async function gives(
  session: Session,
  { renderer }: Lane,
  weights: BlockWeights,
  { request: id, index }: ImageRecord,
  pixels: string,
): Promise<boolean> {
  const requests = session.plan.requests.filter((request) => request.id === id);
  let isSame = false;
  const onRepeat = ({ message }: { readonly message: string }): void => say(session, 'warn', message);
  for await (const image of renderer.render({ weights, requests, onRepeat }, session.signal)) {
    if (image.index === index) isSame = (await pixelHash(image.bytes)) === pixels;
  }
  return isSame;
}

function unchanged(session: Session, trial: OpenTrial, found: RepeatedImage): Error {
  if (found.earlier === undefined) {
    return runError(
      PICTURES_UNCHANGED,
      `Iteration ${trial.id}: ${sentenceOf(found)}, however often it is drawn: the WebUI ignores the seed, or something in between sends one image for all. Turn that off, restart the WebUI, then resume.`,
    );
  }
  const involved = session.seen.trialsWith(found.image);
  const what = `Iteration ${trial.id}: ${sentenceOf(found)}, even after merging was set up again, and other weights change nothing: the WebUI no longer merges, or something in between sends old images.`;
  doubt(session, involved, what);
  return runError(
    PICTURES_UNCHANGED,
    `${what} Restart it, then resume; ${involved.length === 1 ? `iteration ${involved.join()} is` : `iterations ${involved.join(', ')} are`} in doubt and will be measured again.`,
  );
}

function sentenceOf({ image, earlier, other }: RepeatedImage): string {
  return earlier === undefined
    ? `the images of seed ${other.seed} (${other.request}) and seed ${image.seed} (${image.request}) are the very same`
    : `the image ${image.request} is the very same as ${other.request} of iteration ${earlier.trial.id}, which has other weights`;
}

function say({ observers }: Session, level: 'info' | 'warn', message: string): void {
  observers.onNotice({ level, message });
}

/** A variation of full strength is drawn from the subseed alone, and a script may do as it likes. */
function dependsOnSeed({ request: id }: ImageRecord, requests: readonly ImageRequest[]): boolean {
  const { body = {} } = requests.find((request) => request.id === id) ?? {};
  const script = body['script_name'];
  return Number(body['subseed_strength'] ?? 0) < 1 && (typeof script !== 'string' || script === '');
}

function differingBlocks(one: BlockWeights, other: BlockWeights): BlockName[] {
  return Object.keys(one).filter((block) => Math.abs((one[block] ?? 0) - (other[block] ?? 0)) > ALIKE);
}

function distance(one: BlockWeights, other: BlockWeights): number {
  return Object.keys(one).reduce((sum, block) => sum + Math.abs((one[block] ?? 0) - (other[block] ?? 0)), 0);
}

/** Weights that differ by less are lost in half precision, and an image of the other would be as good. */
const ALIKE = 0.001;
