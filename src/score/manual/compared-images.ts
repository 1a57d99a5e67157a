/** What is known of the images of a search while a person compares them: those that were measured, and what was just said. */
import { imageKey } from '../../images/names.ts';
import { hashPixels } from '../../images/decode.ts';
import type { RaterAnswer } from '../../types.ts';
import type { ImagePlace, MeasuredImages, MeasuredTrialImages, ScoreItem, ScoreResult } from '../scorer.ts';
import { opponentsOf } from './opponents.ts';
import { meritsOf, MIDDLE, ROUGHLY, type AnsweredTrial } from './preference.ts';

export class ComparedImages {
  measured: MeasuredImages = NOTHING_MEASURED;
  /** What was answered of images whose trial is under way, by trial and {@link imageKey}. */
  readonly #answers = new Map<number, Map<string, readonly RaterAnswer[]>>();

  /** Trials that an image may be compared with, the most telling one first. */
  opponentsOf(place: ImagePlace): number[] {
    return opponentsOf(place, this.measured.trials(), this.#ownImages(place));
  }

  say({ trial, request, index }: ImagePlace, answers: readonly RaterAnswer[]): void {
    const own = this.#answers.get(trial) ?? new Map<string, readonly RaterAnswer[]>();
    this.#answers.set(trial, own.set(imageKey(request, index), answers));
  }

  takeBack({ trial, request, index }: ImagePlace): void {
    this.#answers.get(trial)?.delete(imageKey(request, index));
  }

  /** By what was said so far. */
  meritOf(place: ImagePlace): number {
    const others = this.measured.trials().filter(({ id }) => id !== place.trial);
    const merits = meritsOf([...others, { id: place.trial, images: this.#ownImages(place) }], ROUGHLY);
    return merits.get(place.trial)?.get(imageKey(place.request, place.index)) ?? MIDDLE;
  }

  /** Hash of the pixels that a trial has for the same request. */
  pixelsOf(trial: number, { request, index }: ImagePlace): string | undefined {
    const found: MeasuredTrialImages | undefined = this.measured.trials().find(({ id }) => id === trial);
    return found?.images.find((image) => image.request === request && image.index === index)?.pixels;
  }

  /** The result counts: what was said of the image is kept. */
  keep({ place, pixels }: ScoreItem, result: ScoreResult): void {
    if (place === undefined || result.state !== 'scored') return;
    const { answer, answers = answer === undefined ? [] : [answer] } = result;
    if (answers.length === 0) return;
    const image = { ...place, pixels: hashPixels(pixels) };
    for (const one of answers) this.measured.keep(image, one);
  }

  /** The images of the trial, those of before with what was answered then. */
  #ownImages({ trial, request, index }: ImagePlace): AnsweredTrial['images'] {
    const now = this.#answers.get(trial);
    const before = this.measured.trials().find(({ id }) => id === trial)?.images ?? [];
    const known = new Map<string, AnsweredTrial['images'][number]>(
      before.map((image) => [imageKey(image.request, image.index), image]),
    );
    for (const [key, answers] of now ?? []) known.set(key, { ...placeOf(key), answers });
    const key = imageKey(request, index);
    if (now?.has(key) !== true) known.set(key, { request, index });
    return [...known.values()];
  }
}

const NOTHING_MEASURED: MeasuredImages = {
  has: () => false,
  trials: () => [],
  read: async () => undefined,
  recall: () => undefined,
  keep: () => undefined,
};

function placeOf(key: string): Pick<ImagePlace, 'request' | 'index'> {
  const at = key.lastIndexOf('#');
  return { request: key.slice(0, at), index: Number(key.slice(at + 1)) };
}
