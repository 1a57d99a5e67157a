/** The gallery of one run: what is in it, one merge of it, one picture. Made from the journal and one listing of the folder, when somebody asks. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { keptImage } from '../../images/kept-image.ts';
import { filesOf } from '../../journal/name-run.ts';
import type { RecordedRun, WatchedRun } from '../watched-run.ts';
import { IndexMaker } from './index-maker.ts';
import { KeptFiles } from './kept-files.ts';
import { RunMerges, type FoundMerge } from './merges.ts';
import type { GalleryIndex, GalleryMerge } from './state.ts';

/** The index as it is sent, with a name for this version of it. */
interface WrittenIndex {
  readonly json: string;
  /** The same as gzip: about a tenth of the bytes. */
  readonly packed: Buffer;
  readonly etag: string;
}

const pack = promisify(gzip);
const EMPTY: GalleryIndex = { scorers: [], slots: [], rows: [], drawn: 0, proofs: [] };

const galleries = new WeakMap<WatchedRun, RunGallery>();

export function galleryOf(run: WatchedRun): RunGallery {
  const known = galleries.get(run) ?? new RunGallery(run);
  galleries.set(run, known);
  return known;
}

class RunGallery {
  readonly #run: WatchedRun;
  readonly #folder: string;
  readonly #files: KeptFiles;
  readonly #maker = new IndexMaker();
  /** Of names for versions: those of an earlier server are others. */
  readonly #start = Date.now().toString(36);
  #merges: { readonly of: RecordedRun; readonly merges: RunMerges | undefined } | undefined;
  #written: (WrittenIndex & { readonly of: unknown; readonly stems: unknown }) | undefined;
  #writing: Promise<WrittenIndex> | undefined;
  #count = 0;

  constructor(run: WatchedRun) {
    this.#run = run;
    this.#folder = filesOf(run.journal).images;
    this.#files = new KeptFiles(this.#folder);
  }

  /** Whoever asks while it is made gets the same one. */
  async index(): Promise<WrittenIndex> {
    this.#writing ??= this.#index().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** @param id `12` or `proof1-best` */
  async merge(id: string): Promise<GalleryMerge | undefined> {
    const found = (await this.#known())?.find(id);
    if (found === undefined) return undefined;
    const { slots: _, images, stems, ...merge } = found;
    const pictures = images.flatMap((image, slot) => {
      if (image === undefined) return [];
      const { score, raw, seconds } = image;
      return [{ slot, score, raw, seconds, isKept: this.#fileOf(stems[slot]) !== undefined }];
    });
    return { ...merge, pictures };
  }

  /** What is known of one picture; undefined where there never was one. */
  async picture(
    id: string,
    slot: number,
  ): Promise<{ readonly merge: FoundMerge; readonly file: string | undefined } | undefined> {
    const merge = (await this.#known())?.find(id);
    if (merge?.images[slot] === undefined) return undefined;
    return { merge, file: this.#fileOf(merge.stems[slot]) };
  }

  async plan(): Promise<RunMerges['plan'] | undefined> {
    return (await this.#known())?.plan;
  }

  #fileOf(stem: string | undefined): string | undefined {
    return stem === undefined ? undefined : keptImage(this.#folder, stem);
  }

  async #known(): Promise<RunMerges | undefined> {
    const recorded = await this.#run.recorded();
    if (this.#merges?.of === recorded) return this.#merges.merges;
    const { plan } = recorded;
    const merges = plan && new RunMerges(plan, recorded, recorded.proofs());
    this.#merges = { of: recorded, merges };
    return merges;
  }

  async #index(): Promise<WrittenIndex> {
    const merges = await this.#known();
    const stems = await this.#files.stems();
    if (this.#written !== undefined && this.#written.of === merges && this.#written.stems === stems)
      return this.#written;
    const json = JSON.stringify(merges === undefined ? EMPTY : await this.#maker.make(merges, stems));
    // Notices change nothing here.
    const same = this.#written?.json === json ? this.#written : undefined;
    const etag = same?.etag ?? `"${this.#start}-${++this.#count}"`;
    this.#written = {
      json,
      packed: same?.packed ?? (await pack(json, { level: 4 })),
      etag,
      of: merges,
      stems,
    };
    return this.#written;
  }
}
