/**
 * The reference image: a tiny one whose pixels were proved before the run is made again now and then. Nothing in a server's
 * replies tells that it has stopped merging; this image does.
 *
 * Where a merge stays in the server's memory, asking for the reference image puts right what it should show: a block whose
 * weight changes is computed again, whatever it held. So the merge that is there is drawn first, as it was asked for last,
 * and once more after the reference image has moved every block away and back: its two images must be equal.
 *
 * An image that is not the expected one is drawn a second time: a proxy or a spoilt reply can make one odd image, and a
 * server that has stopped merging makes it again.
 *
 * What a look cannot see is damage that came and went between two looks, for blocks heal as their weights change: that is
 * what the signs around every image are for (`witness.ts`).
 */
import type { Renderer } from '../renderers/renderer.ts';
import type { BlockWeights, ImageRequest } from '../types.ts';
import type { BrokenMerge, Look } from './evaluator.ts';

export interface ReferenceImage {
  readonly request: ImageRequest;
  readonly weights: BlockWeights;
  /** Hash of the decoded pixels. */
  readonly pixels: string;
}

export interface MergeCheckSettings {
  readonly renderer: Renderer;
  readonly reference: ReferenceImage;
  /** Trials between two looks; 0 = only after the server had to be found again. */
  readonly every: number;
  readonly hash: (bytes: Uint8Array) => Promise<string>;
}

export class MergeCheck {
  readonly #settings: MergeCheckSettings;
  /** That of the last look. */
  #epoch: number;
  /** Trials since the last look that held. */
  readonly #unverified = new Set<number>();
  /** What the last look found and did not settle, because the server failed on the way. */
  #suspect: BrokenMerge['image'] | undefined;

  constructor(settings: MergeCheckSettings) {
    this.#settings = settings;
    this.#epoch = settings.renderer.epoch;
  }

  /** Is there anything to look after? */
  get hasUnverified(): boolean {
    return this.#unverified.size > 0;
  }

  /** The server had to be found again since the last look. */
  get isStale(): boolean {
    return this.#suspect !== undefined || this.#settings.renderer.epoch !== this.#epoch;
  }

  /** Asked when a trial has all its images, before its outcome counts. */
  isDue(trial: number): boolean {
    const { every } = this.#settings;
    return this.isStale || (every > 0 && this.#others(trial).length + 1 >= every);
  }

  /** A trial was measured and no look came after its last image. */
  note(trial: number): void {
    this.#unverified.add(trial);
  }

  /**
   * Makes the images; where they are not the expected ones, sets merging up again and makes them once more.
   * @param trial that is under way: it is not among those in doubt
   * @param onOdd told of an image that was another one at first and the right one when it was drawn again
   * @throws whatever rendering throws; what was found until then is remembered
   */
  async look(trial: number | undefined, signal: AbortSignal, onOdd: () => void): Promise<Look> {
    const { renderer } = this.#settings;
    this.#suspect ??= await this.#wrongImage(signal, onOdd);
    const image = this.#suspect;
    if (image === undefined) return this.#settle({ result: 'holds' });
    await renderer.rearm(signal);
    const isMended = (await this.#wrongImage(signal, onOdd)) === undefined;
    const trials = this.#others(trial);
    return this.#settle({
      result: isMended ? 'mended' : 'lost',
      image,
      trials,
      reason: `The image of a known merge from ${renderer.name} has changed, so this WebUI no longer merges as requested; ${iterationsIn(trials)} unreliable.`,
    });
  }

  #settle(look: Look): Look {
    if (look.result !== 'lost') this.#epoch = this.#settings.renderer.epoch;
    this.#suspect = undefined;
    this.#unverified.clear();
    return look;
  }

  #others(trial: number | undefined): number[] {
    return [...this.#unverified].filter((other) => other !== trial);
  }

  /** Undefined when all of them are as they should be. */
  async #wrongImage(signal: AbortSignal, onOdd: () => void): Promise<BrokenMerge['image'] | undefined> {
    const { renderer, reference } = this.#settings;
    const { merged } = renderer;
    const before = merged && (await this.#draw(merged, signal));
    if (!(await this.#shows(reference.weights, reference.pixels, onOdd, signal))) return 'reference';
    if (merged !== undefined && !(await this.#shows(merged, before, onOdd, signal))) return 'merged';
    return undefined;
  }

  async #shows(
    weights: BlockWeights,
    pixels: string | undefined,
    onOdd: () => void,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { renderer } = this.#settings;
    if ((await this.#draw(weights, signal)) === pixels) return true;
    const { epoch } = renderer;
    // What a server that was found again in between draws says nothing of the one before.
    if ((await this.#draw(weights, signal)) !== pixels || renderer.epoch !== epoch) return false;
    onOdd();
    return true;
  }

  async #draw(weights: BlockWeights, signal: AbortSignal): Promise<string | undefined> {
    const { renderer, reference, hash } = this.#settings;
    const job = { weights, requests: [reference.request] };
    for await (const { bytes } of renderer.render(job, signal)) return hash(bytes);
    return undefined;
  }
}

function iterationsIn(trials: readonly number[]): string {
  if (trials.length === 0) return 'no recorded iteration is';
  return trials.length === 1 ? `iteration ${trials.join()} is` : `iterations ${trials.join(', ')} are`;
}
