/**
 * Finished images of what was still being measured when a session ended, however it did: they need not be drawn again. None is left
 * once a look at the merge has failed, for nothing tells how long it had been broken.
 */
import type { ImageRecord } from '../types.ts';
import type { JournalRecord, RecordOf } from './record.ts';

export interface DrawnImage {
  readonly image: ImageRecord;
  /** Servers of the same one draw the same pixels. */
  readonly pixelGroup: string;
}

/** By trial, in the order in which they were finished; of an image that came twice, the later one. */
export function drawnImages(records: readonly JournalRecord[]): Map<number, readonly DrawnImage[]> {
  const drawn = new Drawn<number>();
  for (const record of records) {
    if (record.kind === 'image') drawn.add(record.trial, record);
    else if (record.kind === 'doubted') drawn.clear();
    else if (isEnding(record)) drawn.delete(record.trial);
  }
  return drawn.all();
}

function isEnding(record: JournalRecord): record is RecordOf<'scored' | 'failed' | 'added' | 'forgotten'> {
  const { kind } = record;
  return kind === 'scored' || kind === 'failed' || kind === 'added' || kind === 'forgotten';
}

/** As {@link drawnImages}, of the candidates of one proof by their names. */
export function drawnInProof(
  records: readonly JournalRecord[],
  proof: number,
): Map<string, readonly DrawnImage[]> {
  const drawn = new Drawn<string>();
  for (const record of records) {
    if ((record.kind !== 'proof-image' && record.kind !== 'proved') || record.proof !== proof) continue;
    if (record.kind === 'proof-image') drawn.add(record.candidate, record);
    else if (isTakenBack(record)) drawn.clear();
    else drawn.delete(record.candidate);
  }
  return drawn.all();
}

function isTakenBack({ images, missing = [], unfinished }: RecordOf<'proved'>): boolean {
  return images.length + missing.length === 0 && unfinished !== true;
}

class Drawn<Owner> {
  readonly #images = new Map<Owner, Map<string, DrawnImage>>();

  add(owner: Owner, { image, pixelGroup }: RecordOf<'image' | 'proof-image'>): void {
    const own = this.#images.get(owner) ?? new Map<string, DrawnImage>();
    const key = JSON.stringify([image.request, image.index]);
    own.delete(key);
    this.#images.set(owner, own.set(key, { image, pixelGroup }));
  }

  delete(owner: Owner): void {
    this.#images.delete(owner);
  }

  clear(): void {
    this.#images.clear();
  }

  all(): Map<Owner, readonly DrawnImage[]> {
    return new Map([...this.#images].map(([owner, images]) => [owner, [...images.values()]]));
  }
}
