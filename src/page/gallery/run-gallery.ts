/** The gallery of one run: what is in it, one merge of it, one picture. Made from the journal and one listing of the folder, when somebody asks. */
import { setImmediate as breathe } from 'node:timers/promises';
import { keptImage } from '../../images/kept-image.ts';
import { filesOf } from '../../journal/name-run.ts';
import { proofsOf } from '../../proof/read-proofs.ts';
import type { FinishedTrial, ImageRecord } from '../../types.ts';
import type { RecordedRun, WatchedRun } from '../watched-run.ts';
import { KeptFiles } from './kept-files.ts';
import { RunMerges, slotsOfProof, slotText, versionOf, type FoundMerge } from './merges.ts';
import type { GalleryIndex, GalleryMerge, GalleryProof, GalleryRow } from './state.ts';

/** The index as it is sent, with a name for this version of it. */
interface WrittenIndex {
  readonly json: string;
  readonly etag: string;
}

/** Trials after which others get their turn. */
const AT_A_TIME = 200;
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
    const [first] = recorded.records;
    const merges =
      first?.kind === 'plan' ? new RunMerges(first.plan, recorded, proofsOf(recorded.records)) : undefined;
    this.#merges = { of: recorded, merges };
    return merges;
  }

  async #index(): Promise<WrittenIndex> {
    const merges = await this.#known();
    const stems = await this.#files.stems();
    if (this.#written !== undefined && this.#written.of === merges && this.#written.stems === stems)
      return this.#written;
    const json = JSON.stringify(merges === undefined ? EMPTY : await indexOf(merges, stems));
    // Notices change nothing here.
    const etag = this.#written?.json === json ? this.#written.etag : `"${this.#start}-${++this.#count}"`;
    this.#written = { json, etag, of: merges, stems };
    return this.#written;
  }
}

async function indexOf(merges: RunMerges, stems: ReadonlySet<string>): Promise<GalleryIndex> {
  const scorers = merges.plan.scorers.map(({ id }) => id);
  const rows: GalleryRow[] = [];
  let seen = 0;
  let drawn = 0;
  for (const trial of merges.finished.values()) {
    if (seen++ % AT_A_TIME === 0) await breathe();
    if (trial.images.length === 0) continue;
    drawn++;
    const row = rowOf(merges, trial, scorers, stems);
    if (row.kept.length > 0) rows.push(row);
  }
  return {
    scorers,
    slots: merges.slots.map((slot) => slotText(slot)),
    rows: rows.toSorted((one, other) => one.id - other.id),
    drawn,
    proofs: proofsIn(merges, stems),
  };
}

function rowOf(
  merges: RunMerges,
  trial: FinishedTrial,
  scorers: readonly string[],
  stems: ReadonlySet<string>,
): GalleryRow {
  const kept: number[] = [];
  for (const [slot, image] of merges.imagesOf(trial).entries()) {
    if (image !== undefined && stems.has(merges.stemOf(trial.id, slot) ?? '')) kept.push(slot);
  }
  return {
    id: trial.id,
    score: merges.scoreOf(trial.id),
    means: scorers.map((scorer) => meanOf(trial.images, scorer)),
    kept,
    version: versionOf(trial.images),
    ...('baseline' in trial && { baseline: trial.baseline }),
  };
}

function meanOf(images: readonly ImageRecord[], scorer: string): number | null {
  const values = images.flatMap(({ raw }) => raw[scorer] ?? []);
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Those of which anything is kept. */
function proofsIn(merges: RunMerges, stems: ReadonlySet<string>): GalleryProof[] {
  return merges.proofs.flatMap((proof) => {
    const candidates = proof.plan.candidates.flatMap(({ name, trial }) => {
      const id = `proof${proof.plan.proof}-${name}`;
      const merge = merges.find(id);
      if (merge === undefined) return [];
      const kept = merge.images.filter(
        (image, slot) => image !== undefined && stems.has(merge.stems[slot] ?? ''),
      ).length;
      return [{ id, name, trial, mean: merge.score, kept }];
    });
    if (!candidates.some(({ kept }) => kept > 0)) return [];
    const slots = slotsOfProof(proof).map((slot) => slotText(slot));
    return [{ proof: proof.plan.proof, slots, candidates, words: proof.words }];
  });
}
