/** Payloads that have never given an image: said once and for all, in place of a warning in every iteration. */
import type { ImageRequest } from '../types.ts';
import type { ImageRef, MissingImage } from './evaluator.ts';

/** Iterations after which it is hardly chance. */
const ENOUGH = 3;

export interface Evaluated {
  readonly trial: number;
  readonly measured: readonly ImageRef[];
  readonly missing: readonly MissingImage[];
}

export class BarrenPayloads {
  /** Name of the payload by request. */
  readonly #payloads: ReadonlyMap<string, string>;
  /** Payloads that an image has come of. */
  readonly #fruitful = new Set<string>();
  /** By payload, the iterations in which its images failed. */
  readonly #failed = new Map<string, Set<number>>();

  constructor(requests: readonly ImageRequest[]) {
    this.#payloads = new Map(requests.map(({ id, payload }) => [id, payload]));
  }

  /** @returns a sentence for every payload that is now known to give nothing */
  note({ trial, measured, missing }: Evaluated): string[] {
    for (const { request } of measured) this.#fruitful.add(this.#payloadOf(request));
    const sentences: string[] = [];
    for (const { request, code, message } of missing) {
      const payload = this.#payloadOf(request);
      // What was not asked for says nothing of its payload.
      if (code === 'pictures-missing' || this.#fruitful.has(payload)) continue;
      const trials = this.#failed.get(payload) ?? new Set();
      this.#failed.set(payload, trials);
      if (trials.has(trial)) continue;
      trials.add(trial);
      if (trials.size !== ENOUGH) continue;
      sentences.push(
        `Payload "${payload}" has not produced a single image in ${ENOUGH} iterations (${code}): ${message} It is ignored until it does, and this warning is not repeated: stop the run, fix the payload or leave it out, and start a new search.`,
      );
    }
    return sentences;
  }

  /** Are all of them of payloads that are known to give nothing? */
  explain(missing: readonly MissingImage[]): boolean {
    return missing.every(({ request }) => {
      const payload = this.#payloadOf(request);
      return !this.#fruitful.has(payload) && (this.#failed.get(payload)?.size ?? 0) >= ENOUGH;
    });
  }

  #payloadOf(request: string): string {
    return this.#payloads.get(request) ?? request;
  }
}
