/** Finished images of what is being measured go into the journal one by one: whatever ends the run, none is drawn again. */
import type { DrawnImage } from '../journal/drawn-images.ts';
import type { JournalRecord } from '../journal/record.ts';
import { counted } from '../shared/counted.ts';
import type { ReceivedImage, EncodedImage, ImageRecord } from '../types.ts';
import { record, warn, type Lane, type Session } from './session.ts';

export interface FinishedImagesParts {
  /** Resolves when the file of the image is on the disk, or given up: what is recorded is never drawn again. */
  readonly written: (image: ImageRecord, file: EncodedImage) => Promise<void>;
  readonly entryOf: (image: ImageRecord) => JournalRecord;
  /** Told behind the record. */
  readonly recorded?: (image: ImageRecord) => void;
  /** What takes them all back. */
  readonly forgotten: () => JournalRecord;
}

export class FinishedImages {
  readonly #session: Pick<Session, 'journal' | 'observers'>;
  readonly #parts: FinishedImagesParts;
  #chain = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;
  /** The journal holds some. */
  #isAny: boolean;

  /** @param isAny the journal holds some of an earlier session */
  constructor(session: Pick<Session, 'journal' | 'observers'>, parts: FinishedImagesParts, isAny: boolean) {
    this.#session = session;
    this.#parts = parts;
    this.#isAny = isAny;
  }

  /** In the order in which they come. */
  add(image: ImageRecord, file: EncodedImage): void {
    const { written, entryOf, recorded } = this.#parts;
    this.#chain = this.#chain.then(async () => {
      if (this.#failure !== undefined) return;
      try {
        await written(image, file);
        record(this.#session, entryOf(image));
        this.#isAny = true;
        recorded?.(image);
      } catch (error) {
        this.#failure = { error };
      }
    });
  }

  /** All that were added are recorded. @throws what the journal throws */
  async settled(): Promise<void> {
    await this.#chain;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** To be called when they are settled. */
  forget(): void {
    if (this.#isAny) record(this.#session, this.#parts.forgotten());
    this.#isAny = false;
  }
}

/**
 * Those of an earlier session that stand in for new ones: another pixel group draws otherwise.
 * @param what is measured, with a capital letter
 * @param isScored false for those that had only come
 */
export function takenUp<Taken extends Pick<DrawnImage, 'pixelGroup'> & { readonly image: ReceivedImage }>(
  session: Pick<Session, 'observers'>,
  lane: Pick<Lane, 'pixelGroupOf'>,
  drawn: readonly Taken[],
  what: string,
  isScored = true,
): Taken[] {
  const same = drawn.filter(({ image, pixelGroup }) => lane.pixelGroupOf(image.request) === pixelGroup);
  const others = drawn.length - same.length;
  if (same.length > 0) {
    const are = same.length === 1 ? 'is' : 'are';
    const which = same.length === 1 ? 'was finished before and is' : 'were finished before and are';
    const rest = isScored
      ? `${which} not drawn again`
      : `had come before and ${are} scored now, not drawn again`;
    const message = `${what}: ${counted(same.length, 'image')} ${rest}.`;
    session.observers.onNotice({ level: 'info', message });
  }
  if (others > 0) {
    const which = others === 1 ? 'was finished before and is' : 'were finished before and are';
    warn(
      session,
      `${what}: ${counted(others, 'image')} ${which} drawn again, because no WebUI in this session is known to give the same pixels.`,
    );
  }
  return same;
}
