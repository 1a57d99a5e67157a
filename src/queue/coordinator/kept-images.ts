/** What of a run lies on the shelf and in queues until the journal has it; then it is removed, the large files first. */
import { imageKey } from '../../images/names.ts';
import type { ImageRecord } from '../../types.ts';
import type { Shelf, ShelvedTrial } from '../shelf.ts';

/** What a journal says of an image. */
export type RecordedImage = Pick<ImageRecord, 'request' | 'index' | 'pixels'>;

export interface KeptImagesSettings {
  readonly shelf: Shelf;
  /** Whatever was asked for at that place is not wanted any more. */
  readonly clearJobs: (place: string, pixelGroup: string) => Promise<void>;
  /** Work that nobody waits for, unless everything ends. */
  readonly later: (work: Promise<unknown>) => void;
}

export class KeptImages {
  readonly #settings: KeptImagesSettings;
  /** What was asked for by trial; of other pixels it lies elsewhere. */
  readonly #trials = new Map<number, Map<string, ShelvedTrial>>();
  /** Where files lie that are not on the disk yet, by image: candidates of one merge have the same one. */
  readonly #files = new Map<string, string[]>();

  constructor(settings: KeptImagesSettings) {
    this.#settings = settings;
  }

  asked(trial: ShelvedTrial): void {
    const asked = this.#trials.get(trial.trial) ?? new Map<string, ShelvedTrial>();
    this.#trials.set(trial.trial, asked.set(`${trial.set} ${trial.pixelGroup}`, trial));
  }

  taken(place: string, image: RecordedImage): void {
    const key = fileKey(image);
    this.#files.set(key, [...(this.#files.get(key) ?? []), place]);
  }

  /** The image is in the journal, its file on the disk: its file leaves the queue. */
  imageRecorded(image: RecordedImage): void {
    const key = fileKey(image);
    const [place, ...others] = this.#files.get(key) ?? [];
    if (place === undefined) return;
    if (others.length === 0) this.#files.delete(key);
    else this.#files.set(key, others);
    this.#settings.later(this.#settings.shelf.dropFile(place, image));
  }

  /** Its images so far cannot be right, whoever goes on with the run. */
  forgotten(trial: number): void {
    const { shelf, later } = this.#settings;
    for (const shelved of this.#trials.get(trial)?.values() ?? []) later(shelf.discard(shelved));
  }

  /** Its images are in the journal, or are not wanted. */
  recorded(trial: number): void {
    const asked = this.#trials.get(trial);
    this.#trials.delete(trial);
    for (const shelved of asked?.values() ?? []) this.#settings.later(this.#clear(shelved));
  }

  /** The jobs first: whoever took one without images on the shelf would make them all again. */
  async #clear(trial: ShelvedTrial): Promise<void> {
    const { shelf, clearJobs } = this.#settings;
    await clearJobs(await shelf.place(trial), trial.pixelGroup);
    await shelf.clear(trial);
  }
}

function fileKey({ request, index, pixels }: RecordedImage): string {
  return `${imageKey(request, index)} ${pixels}`;
}
