/** What scorers that compare images get to know of the run: its images, and answers that no finished trial has yet. */
import type { DrawnImage } from '../journal/drawn-images.ts';
import type { RunFiles } from '../journal/name-run.ts';
import type { JournalRecord } from '../journal/record.ts';
import { readKeptImage } from '../images/kept-image.ts';
import { imageNames } from '../images/names.ts';
import { isMeasured } from '../judging/trial-scores.ts';
import type { MeasuredImage, MeasuredImages } from '../score/scorer.ts';
import type { ImageRequest } from '../types.ts';
import type { RunState } from './run-state.ts';
import { record, type Session } from './session.ts';

export interface MeasuredImagesSource extends Pick<Session, 'journal' | 'observers' | 'signal'> {
  readonly state: Pick<RunState, 'trials' | 'isUnderWay'>;
  readonly files: Pick<RunFiles, 'images'>;
  readonly requests: readonly ImageRequest[];
  /** What the journal holds already. */
  readonly records: readonly JournalRecord[];
  /** By trial that an earlier session has not finished: what it has of it. */
  readonly drawn: ReadonlyMap<number, readonly DrawnImage[]>;
}

export function measuredImages({
  state,
  files,
  requests,
  records,
  drawn,
  journal,
  observers,
  signal,
}: MeasuredImagesSource): MeasuredImages {
  const names = imageNames(requests);
  const answers = new Map(
    records.flatMap((line) => (line.kind === 'answer' ? [[keyOf(line), line.answer] as const] : [])),
  );
  // What was said of them is not asked again, and the next question follows from it.
  const begun = [...drawn].map(([id, images]) => ({ id, images: images.map(({ image }) => image) }));
  return {
    has: (request) => requests.some(({ id }) => id === request),
    trials: () => [...state.trials.filter(isMeasured), ...begun.filter(({ id }) => state.isUnderWay(id))],
    read: async ({ trial, ...image }) => readKeptImage(files.images, names, trial, image, signal),
    recall: (image) => answers.get(keyOf(image)),
    keep: ({ trial, request, index, pixels }, answer) =>
      record({ journal, observers }, { kind: 'answer', trial, request, index, pixels, answer }),
  };
}

function keyOf({ trial, request, index, pixels }: MeasuredImage): string {
  return JSON.stringify([trial, request, index, pixels]);
}
