/** Makes the index of a gallery, in slices, so that the run and other pages get their turn; what stays the same is made once. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { FinishedTrial, ImageRecord } from '../../types.ts';
import { slotsOfProof, slotText, versionOf, type RunMerges } from './merges.ts';
import type { GalleryIndex, GalleryProof, GalleryRow } from './state.ts';

/** What of a row follows from the pictures of its trial alone. */
interface KnownRow {
  readonly images: number;
  readonly version: string;
  readonly means: readonly (number | null)[];
  /** Names of the files of its pictures without ending, by slot; undefined where none was made. */
  readonly stems: readonly (string | undefined)[];
}

/** Milliseconds of work at a time. */
const SLICE = 8;

export class IndexMaker {
  readonly #known = new Map<number, KnownRow>();

  /** @param stems of the files that are there */
  async make(merges: RunMerges, stems: ReadonlySet<string>): Promise<GalleryIndex> {
    const scorers = merges.plan.scorers.map(({ id }) => id);
    const rows: GalleryRow[] = [];
    let drawn = 0;
    let began = performance.now();
    for (const trial of merges.finished.values()) {
      if (trial.images.length === 0) continue;
      if (performance.now() - began > SLICE) {
        await breathe();
        began = performance.now();
      }
      drawn++;
      const { means, version, stems: own } = this.#rowOf(merges, trial, scorers);
      const kept = own.flatMap((stem, slot) => (stem !== undefined && stems.has(stem) ? [slot] : []));
      if (kept.length === 0) continue;
      const score = merges.scoreOf(trial.id);
      const { id } = trial;
      rows.push({
        id,
        score,
        means,
        kept,
        version,
        ...('baseline' in trial && { baseline: trial.baseline }),
      });
    }
    return {
      scorers,
      slots: merges.slots.map((slot) => slotText(slot)),
      rows: rows.toSorted((one, other) => one.id - other.id),
      drawn,
      proofs: proofsIn(merges, stems),
    };
  }

  #rowOf(merges: RunMerges, trial: FinishedTrial, scorers: readonly string[]): KnownRow {
    const { id, images } = trial;
    const version = versionOf(images);
    const known = this.#known.get(id);
    if (known !== undefined && known.images === images.length && known.version === version) return known;
    const row = {
      images: images.length,
      version,
      means: scorers.map((scorer) => meanOf(images, scorer)),
      stems: merges
        .imagesOf(trial)
        .map((image, slot) => (image === undefined ? undefined : merges.stemOf(id, slot))),
    };
    this.#known.set(id, row);
    return row;
  }
}

function meanOf(images: readonly ImageRecord[], scorer: string): number | null {
  let sum = 0;
  let count = 0;
  for (const { raw } of images) {
    const value = raw[scorer];
    if (value === undefined) continue;
    sum += value;
    count++;
  }
  return count === 0 ? null : sum / count;
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
