/** What is told of a measurement while it goes on. */
import { imageKey } from '../images/names.ts';
import type { WaitingImage } from '../images/waiting-images.ts';
import type { EvaluationEvents, MeasuredTrial } from '../trial/evaluator.ts';
import type { ArrivedImage, EncodedImage, ImageRecord, ReceivedImage } from '../types.ts';
import { sentencesOf, type Lane, type Session } from './session.ts';

/** Told of the images as they come. */
export interface Arrivals {
  readonly received: (image: ReceivedImage, file: EncodedImage) => void;
  /** It is what it should be. */
  readonly arrived?: (image: ArrivedImage, file: EncodedImage) => void;
  /** What an earlier session had drawn and not scored. @throws the signal's reason */
  readonly waiting: (signal: AbortSignal) => Promise<readonly WaitingImage[]>;
  /** It is measured. */
  readonly finished: (image: ImageRecord, file: EncodedImage) => void;
  /** What is recorded is never drawn again: its pictures are on the disk before. @throws what the journal throws */
  readonly written: () => Promise<void>;
  /** What has come so far may show another merge. */
  readonly forgotten: () => void;
}

export function eventsOf(
  { observers }: Pick<Session, 'observers'>,
  lane: Lane,
  trial: MeasuredTrial,
  {
    had,
    records,
    files,
    total,
  }: {
    readonly had: number;
    readonly records: ReadonlyMap<string, ImageRecord>;
    readonly files: Map<string, EncodedImage>;
    readonly total: number;
  },
  arrivals: Arrivals,
): EvaluationEvents {
  const before = records.size;
  const what = naming(trial);
  const tell = (image: ArrivedImage, score: number | null): void => {
    const { request, index, payload, seed, pixels } = image;
    const shown = { request, index, payload, seed, pixels, score };
    observers.onImage({ ...what, had, total: had + total, image: shown });
  };
  return {
    ...sentencesOf({ observers }, lane),
    onProgress: ({ done, step, steps, member }) =>
      observers.onProgress({
        ...what,
        lane: member?.name ?? lane.name,
        done: before + done,
        total,
        step,
        steps,
      }),
    onReceived: (image, file) => arrivals.received(image, file),
    onArrival: (image, file) => {
      arrivals.arrived?.(image, file);
      tell(image, null);
    },
    onImage: (image, file) => {
      files.set(imageKey(image.request, image.index), file);
      arrivals.finished(image, file);
      tell(image, image.score);
    },
  };
}

export function naming({ id, label }: MeasuredTrial): { readonly trial: number; readonly label?: string } {
  return { trial: id, ...(label !== undefined && { label }) };
}
