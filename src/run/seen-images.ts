/** Which pixels a run has scored already, and for which weights. */
import { Multimap } from '../shared/multimap.ts';
import type { MeasuredTrial } from '../trial/evaluator.ts';
import type { BlockName, BlockWeights, ImageRecord, ImageRequest, Trial } from '../types.ts';

/** Two images that should differ and do not. */
export interface RepeatedImage {
  readonly image: ImageRecord;
  /** Where it was seen before; undefined = in the same iteration, with another seed. */
  readonly earlier: { readonly trial: SeenTrial; readonly image: ImageRecord } | undefined;
  readonly other: ImageRecord;
}

/** Something that was measured; only what is `scored` counts. */
export interface SeenTrial extends MeasuredTrial {
  readonly state: Trial['state'];
  readonly images: readonly ImageRecord[];
}

/** Where they stand. */
export interface SeenState {
  readonly trials: readonly SeenTrial[];
  /** Another number whenever a trial that was there got more images; undefined where that is not counted. */
  readonly extensions?: number;
}

/** What was scored: pixels to images. */
export class SeenImages {
  readonly #state: SeenState;
  /** Positions among the trials of the state. */
  readonly #byPixels = new Multimap<string, number>();
  /** How many images of the trial at each position are indexed: a trial may get more later. */
  readonly #indexed: number[] = [];
  /** Of the state, as it was then. */
  #extensions: number | undefined;
  /** Blocks of which it is proved that they have no effect. */
  readonly #idle = new Set<BlockName>();

  /** @param state its trials may become more, and may change their state */
  constructor(state: SeenState) {
    this.#state = state;
  }

  /** @param had images of the trial that were looked at before, when it had no others */
  find(
    trial: MeasuredTrial,
    images: readonly ImageRecord[],
    requests: readonly ImageRequest[],
    had: readonly ImageRecord[] = [],
  ): RepeatedImage | undefined {
    this.#index();
    const here = new ImagesOfTrial(requests, had);
    for (const image of images) {
      const other = here.add(image);
      if (other !== undefined) return { image, earlier: undefined, other };
      const earlier = this.#seenWithOtherWeights(trial, image);
      if (earlier !== undefined) return { image, earlier, other: earlier.image };
    }
    return undefined;
  }

  /** Do other weights have these pixels, and nothing is known that explains it? */
  isRepeat(trial: MeasuredTrial, image: Pick<ImageRecord, 'pixels'>): boolean {
    this.#index();
    const earlier = this.#seenWithOtherWeights(trial, image);
    return earlier !== undefined && !this.isKnownToBeAlike(trial, { earlier });
  }

  isKnownToBeAlike(trial: MeasuredTrial, { earlier }: Pick<RepeatedImage, 'earlier'>): boolean {
    if (earlier === undefined) return false;
    return differingBlocks(trial.weights, earlier.trial.weights).every((block) => this.#idle.has(block));
  }

  /** Only of one dimension it can be said that it has no effect: of several, each may have undone the other. */
  noteAlike(
    trial: MeasuredTrial,
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
    return this.#byPixels.of(pixels).flatMap((at) => {
      const trial = this.#state.trials[at];
      return trial?.state === 'scored' ? [trial.id] : [];
    });
  }

  #seenWithOtherWeights(trial: MeasuredTrial, image: Pick<ImageRecord, 'pixels'>): RepeatedImage['earlier'] {
    for (const at of this.#byPixels.of(image.pixels)) {
      const earlier = this.#state.trials[at];
      // One that was doubted since counts for nothing.
      if (earlier?.state !== 'scored' || differingBlocks(trial.weights, earlier.weights).length === 0)
        continue;
      const same = earlier.images.find(({ pixels }) => pixels === image.pixels);
      if (same !== undefined) return { trial: earlier, image: same };
    }
    return undefined;
  }

  #index(): void {
    const { trials, extensions } = this.#state;
    const isGrown = extensions === undefined || extensions !== this.#extensions;
    this.#extensions = extensions;
    for (let at = isGrown ? 0 : this.#indexed.length; at < trials.length; at++) {
      const images = trials[at]?.images ?? [];
      for (const { pixels } of images.slice(this.#indexed[at]))
        if (!this.#byPixels.of(pixels).includes(at)) this.#byPixels.add(pixels, at);
      this.#indexed[at] = images.length;
    }
  }
}

/** The images of one trial, as they come: other seeds give other pixels. */
export class ImagesOfTrial<Of extends Pick<ImageRecord, 'request' | 'seed' | 'pixels'>> {
  readonly #requests: readonly ImageRequest[];
  readonly #byPixels: Map<string, Of>;

  /** @param there already */
  constructor(requests: readonly ImageRequest[], there: Iterable<Of>) {
    this.#requests = requests;
    this.#byPixels = new Map(Array.from(there, (image) => [image.pixels, image]));
  }

  /** @returns the image of another seed that has the same pixels, where there is one */
  add(image: Of): Of | undefined {
    const other = this.#byPixels.get(image.pixels);
    if (other !== undefined && other.seed !== image.seed && dependsOnSeed(image, this.#requests))
      return other;
    this.#byPixels.set(image.pixels, image);
    return undefined;
  }
}

/** A variation of full strength is drawn from the subseed alone, and a script may do as it likes. */
function dependsOnSeed(
  { request: id }: Pick<ImageRecord, 'request'>,
  requests: readonly ImageRequest[],
): boolean {
  const { body = {} } = requests.find((request) => request.id === id) ?? {};
  const script = body['script_name'];
  return Number(body['subseed_strength'] ?? 0) < 1 && (typeof script !== 'string' || script === '');
}

/** Blocks in which one would see it. */
export function differingBlocks(one: BlockWeights, other: BlockWeights): BlockName[] {
  return Object.keys(one).filter((block) => Math.abs((one[block] ?? 0) - (other[block] ?? 0)) > ALIKE);
}

/** Weights that differ by less are lost in half precision, and an image of the other would be as good. */
const ALIKE = 0.001;
