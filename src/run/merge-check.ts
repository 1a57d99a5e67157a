/**
 * The known point: a tiny image whose pixels were proved before the run is made again now and then. Nothing in a server's
 * replies tells that it has stopped merging; this image does.
 *
 * Where a merge stays in the server's memory, asking for the known point puts right what it should show: a block whose
 * weight changes is computed again, whatever it held. So the merge that is there is drawn first, as it was asked for last,
 * and once more after the known point has moved every block away and back: its two images must be equal.
 *
 * An image that is not the expected one is drawn a second time: a proxy or a spoilt reply can make one odd image, and a
 * server that has stopped merging makes it again.
 *
 * What a look cannot see is damage that came and went between two looks, for blocks heal as their weights change: that is
 * what the signs around every image are for (`witness.ts`).
 */
import type { Renderer } from '../renderers/renderer.ts';
import type { BlockWeights, ImageRequest } from '../types.ts';

export interface KnownPoint {
  readonly request: ImageRequest;
  readonly weights: BlockWeights;
  /** Hash of the decoded pixels. */
  readonly pixels: string;
}

export interface GuardSettings {
  readonly renderer: Renderer;
  readonly known: KnownPoint;
  /** Trials between two looks; 0 = only after the server had to be found anew. */
  readonly every: number;
  readonly hash: (bytes: Uint8Array) => Promise<string>;
}

export class MergeGuard {
  readonly #settings: GuardSettings;
  /** That of the last look. */
  #epoch: number;
  /** Trials since the last look that held. */
  #unverified: number[] = [];

  constructor(settings: GuardSettings) {
    this.#settings = settings;
    this.#epoch = settings.renderer.epoch;
  }

  /** Trials that were recorded since the last look. */
  get unverified(): readonly number[] {
    return this.#unverified;
  }

  /** Asked when a trial has all its images and is not recorded yet. */
  get isDue(): boolean {
    const { renderer, every } = this.#settings;
    return renderer.epoch !== this.#epoch || (every > 0 && this.#unverified.length + 1 >= every);
  }

  /** A trial was recorded. @param isVerified the look came after its last image */
  note(trial: number, isVerified: boolean): void {
    if (!isVerified) this.#unverified.push(trial);
  }

  forget(): void {
    this.#unverified = [];
  }

  /**
   * Makes the images.
   * @param onOdd told of an image that was another one at first and the right one when it was drawn again
   * @throws whatever rendering throws
   */
  async holds(signal: AbortSignal, onOdd: () => void): Promise<boolean> {
    const { renderer, known } = this.#settings;
    const { merged } = renderer;
    const before = merged && (await this.#draw(merged, signal));
    if (!(await this.#shows(known.weights, known.pixels, onOdd, signal))) return false;
    if (merged !== undefined && !(await this.#shows(merged, before, onOdd, signal))) return false;
    this.#epoch = renderer.epoch;
    this.#unverified = [];
    return true;
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
    const { renderer, known, hash } = this.#settings;
    const job = { weights, requests: [known.request] };
    for await (const { bytes } of renderer.render(job, signal)) return hash(bytes);
    return undefined;
  }
}
