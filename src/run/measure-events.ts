/** What is told of a measurement while it goes on. */
import { imageKey } from '../images/names.ts';
import type { EvaluationEvents, MeasuredTrial } from '../trial/evaluator.ts';
import type { ArrivedImage, EncodedImage, ImageRecord } from '../types.ts';
import type { Arrivals } from './measure.ts';
import { sentencesOf, type Lane, type Session } from './session.ts';

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
