/**
 * The wanted images of one evaluation that have failed by themselves. The others count as long as they are at least half of
 * what is wanted. After three failures nothing more is asked for: then it is hardly the image.
 */
import { imageKey } from '../images/names.ts';
import type { StruckImage } from '../renderers/index.ts';
import type { AutombwError } from '../shared/errors.ts';
import type { ImageRecord } from '../types.ts';
import type { EvaluationFailure, ImageRef, MissingImage } from './evaluator.ts';
import { isOfOneImage, mayBeRepeated } from './failures.ts';
import { counted } from '../shared/counted.ts';

/** A request of several images that fails as a whole is one failure. */
const MOST_FAILURES = 3;

/** In a sentence. */
const MOST_NAMES = 4;

const NOT_ASKED: Omit<MissingImage, keyof ImageRef> = {
  code: 'pictures-missing',
  message: `It was not requested, because ${MOST_FAILURES} others had already failed.`,
};

/** Do the images of a trial count, so many of those that were wanted? */
export function isEnough(measured: number, wanted: number): boolean {
  return 2 * measured >= wanted;
}

export class MissingImages {
  /** In the order of the requests. */
  readonly #wanted: ReadonlyMap<string, ImageRef>;
  readonly #failed = new Map<string, AutombwError>();
  readonly #notAsked = new Set<string>();
  /** Times that an image came and was bad. */
  readonly #attempts = new Map<string, number>();
  readonly #isPart: boolean;
  #failures = 0;

  readonly #there: number;

  /**
   * @param wanted in the order of the requests
   * @param there images of the same trial that are there already
   * @param isPart others of the trial are measured elsewhere: these may be missing to the last one
   */
  constructor(
    wanted: readonly ImageRef[],
    { isPart = false, there = 0 }: { readonly isPart?: boolean; readonly there?: number } = {},
  ) {
    this.#isPart = isPart;
    this.#there = there;
    this.#wanted = new Map(wanted.map((image) => [imageKey(image.request, image.index), image]));
  }

  get size(): number {
    return this.#failed.size + this.#notAsked.size;
  }

  has(key: string): boolean {
    return this.#failed.has(key) || this.#notAsked.has(key);
  }

  /** There is no more to ask for: too many have failed, or the others would not count. */
  get isOver(): boolean {
    return this.#isEnoughFailures || !this.#isEnough;
  }

  /**
   * An image came, and is not what it should be or has no score.
   * @returns whether it is to be asked for again; otherwise it is missing from here on
   */
  noteBad(key: string, error: AutombwError, retries: number): boolean {
    const attempt = this.#attempts.get(key) ?? 0;
    this.#attempts.set(key, attempt + 1);
    if (mayBeRepeated(error, attempt) && attempt < retries) return true;
    this.#lose([key], error);
    return false;
  }

  /** @returns false where the failure is not one of wanted images that are still open: then nothing is noted */
  noteFailed(
    error: AutombwError,
    image: StruckImage | undefined,
    measured: ReadonlyMap<string, ImageRecord>,
  ): boolean {
    if (image === undefined || !isOfOneImage(error)) return false;
    const keys = [...this.#wanted].flatMap(([key, { request, index }]) => {
      const isMeant = request === image.request && (image.index === undefined || image.index === index);
      return isMeant && !measured.has(key) && !this.has(key) ? [key] : [];
    });
    if (keys.length > 0) this.#lose(keys, error);
    return keys.length > 0;
  }

  /**
   * Whether an image behind the last failure was still made depends on the moment, and a score must not: after a job that
   * was broken off such images are taken out again.
   * @param came what the job has sent; it began with so many failures
   */
  cutBehindLast(measured: Map<string, ImageRecord>, came: ReadonlySet<string>, failuresBefore: number): void {
    if (!this.#isEnoughFailures) return;
    const sent = [...this.#wanted.keys()].filter((key) => came.has(key));
    const last = sent.filter((key) => this.has(key))[MOST_FAILURES - failuresBefore - 1];
    if (last === undefined) return;
    for (const key of sent.slice(sent.indexOf(last) + 1)) {
      measured.delete(key);
      this.#failed.delete(key);
    }
  }

  get failures(): number {
    return this.#failures;
  }

  /** What was never asked for, because too many had failed, is missing as well. */
  close(measured: ReadonlyMap<string, ImageRecord>): void {
    if (!this.#isEnoughFailures) return;
    for (const key of this.#wanted.keys()) {
      if (!measured.has(key) && !this.#failed.has(key)) this.#notAsked.add(key);
    }
  }

  /** In the order of the requests. */
  list(): MissingImage[] {
    return [...this.#wanted].flatMap(([key, image]) => {
      if (this.#notAsked.has(key)) return [{ ...image, ...NOT_ASKED }];
      const error = this.#failed.get(key);
      return error === undefined ? [] : [{ ...image, code: error.code, message: error.message }];
    });
  }

  /** Why the others do not count: what happened to the first. Undefined where they do. */
  failure(): EvaluationFailure | undefined {
    return this.#isEnough ? undefined : failureOfMissing(this.list());
  }

  /** For people, as {@link describeMissing}. */
  sentence(more = false): string {
    return describeMissing(this.list(), this.#total, more);
  }

  #lose(keys: readonly string[], error: AutombwError): void {
    this.#failures++;
    for (const key of keys) this.#failed.set(key, error);
  }

  get #isEnoughFailures(): boolean {
    return this.#failures >= MOST_FAILURES;
  }

  get #isEnough(): boolean {
    return this.#isPart || isEnough(this.#total - this.size, this.#total);
  }

  get #total(): number {
    return this.#wanted.size + this.#there;
  }
}

/**
 * For people: what is missing, what becomes of the others, and why.
 * @param missing in the order of the requests
 * @param total how many images were wanted
 * @param more these were more images of a trial that has a score
 */
export function describeMissing(missing: readonly MissingImage[], total: number, more = false): string {
  const lost = missing.length;
  const others = total - lost;
  const what = `${lost} of ${counted(total, 'image')} ${lost === 1 ? 'is' : 'are'} missing (${namesOf(missing)})`;
  const messages = missing.map(({ message }) => message).filter((message) => message !== NOT_ASKED.message);
  const reasons = [...new Set(messages)].join(' ');
  if (isEnough(others, total)) {
    return `${what}; the other ${others} ${others === 1 ? 'counts' : 'count'}. ${reasons}`;
  }
  return more
    ? `${what}; the score is based on the others. ${reasons}`
    : `${reasons} ${what}, too many for a score.`;
}

/** Why the others of a trial do not count: what happened to the first. Undefined where nothing is missing. */
export function failureOfMissing(missing: readonly MissingImage[]): EvaluationFailure | undefined {
  const first = missing.find(({ message }) => message !== NOT_ASKED.message) ?? missing[0];
  return first && { code: first.code, message: first.message, ends: 'trial' };
}

/** Of their requests; of many the first ones. */
function namesOf(missing: readonly MissingImage[]): string {
  const names = [...new Set(missing.map(({ request }) => request))];
  const more = names.length - MOST_NAMES;
  return more <= 0 ? names.join(', ') : `${names.slice(0, MOST_NAMES).join(', ')} and ${more} more`;
}
