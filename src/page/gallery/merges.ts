/** What can be looked at in the gallery, by name: the merge of an iteration, or one that a proof compares, with its pictures by slot. */
import { imageKey, imageNames, proofImageStem } from '../../images/names.ts';
import type { SearchPlan } from '../../journal/record.ts';
import type { RecordedProof } from '../../proof/read-proofs.ts';
import { printable } from '../../shared/printable.ts';
import type { FinishedTrial, ImageRecord, ImageRequest } from '../../types.ts';
import type { RecordedRun } from '../watched-run.ts';
import type { GalleryMerge, GallerySlot } from './state.ts';

/** An image that every merge of a set gets. */
export interface SlotImage {
  readonly request: Pick<ImageRequest, 'id' | 'payload' | 'prompt' | 'negativePrompt' | 'seeds' | 'body'>;
  /** Within the request. */
  readonly index: number;
}

/** A merge with what leads to its pictures. */
export interface FoundMerge extends Omit<GalleryMerge, 'pictures'> {
  readonly slots: readonly SlotImage[];
  /** By slot; undefined where none was made. */
  readonly images: readonly (ImageRecord | undefined)[];
  /** Names of its files without ending, by slot. */
  readonly stems: readonly (string | undefined)[];
}

/** What the journal says, once for all that ask. */
export class RunMerges {
  readonly plan: SearchPlan;
  /** Of the search, in the order of its files. */
  readonly slots: readonly SlotImage[];
  readonly finished: RecordedRun['finished'];
  readonly proofs: readonly RecordedProof[];
  readonly #scores: RecordedRun['scores'];
  readonly #names: ReturnType<typeof imageNames>;

  constructor(plan: SearchPlan, { finished, scores }: RecordedRun, proofs: readonly RecordedProof[]) {
    this.plan = plan;
    this.slots = plan.requests.flatMap((request) => request.seeds.map((_, index) => ({ request, index })));
    this.finished = finished;
    this.proofs = proofs;
    this.#scores = scores;
    this.#names = imageNames(plan.requests);
  }

  /** @param id `12`, or `proof1-best` */
  find(id: string): FoundMerge | undefined {
    const [, proof, name] = /^proof(\d+)-(.+)$/.exec(id) ?? [];
    return proof === undefined ? this.#ofTrial(Number(id)) : this.#ofProof(id, Number(proof), name);
  }

  #ofTrial(id: number): FoundMerge | undefined {
    const trial = this.finished.get(id);
    if (trial === undefined) return undefined;
    const source = pictured(trial, this.finished);
    const images = this.imagesOf(source);
    return {
      id: String(id),
      trial: id,
      ...(source.id !== id && { picturesOf: source.id }),
      ...('baseline' in trial && { baseline: trial.baseline }),
      state: trial.state,
      score: this.#scores.get(id) ?? null,
      ...(trial.state === 'failed' && { note: shortText(trial.failure.message) }),
      ...('time' in trial && { at: trial.time.at }),
      weights: trial.weights,
      version: versionOf(source.images),
      slots: this.slots,
      images,
      stems: images.map((_, slot) => this.stemOf(source.id, slot)),
    };
  }

  #ofProof(id: string, number: number, name: string | undefined): FoundMerge | undefined {
    const proof = this.proofs.find(({ plan }) => plan.proof === number);
    const candidate = proof?.plan.candidates.find((one) => one.name === name);
    if (proof === undefined || candidate === undefined) return undefined;
    const { plan, results, verdict } = proof;
    const made = results.find((one) => one.candidate === candidate)?.images ?? [];
    const byKey = keyed(made);
    return {
      id,
      trial: candidate.trial,
      state: 'scored',
      score: verdict?.means.find((one) => one.name === name)?.mean ?? meanOf(made),
      weights: candidate.weights,
      version: versionOf(made),
      slots: slotsOfProof(proof),
      images: plan.images.map(({ request, index }) => byKey.get(imageKey(request, index))),
      stems: plan.images.map((image) => proofImageStem(plan, candidate.name, image)),
    };
  }

  /** By slot. */
  imagesOf({ images }: FinishedTrial): (ImageRecord | undefined)[] {
    const byKey = keyed(images);
    return this.slots.map(({ request, index }) => byKey.get(imageKey(request.id, index)));
  }

  stemOf(trial: number, slot: number): string | undefined {
    const image = this.slots[slot];
    return image && this.#names.stem(trial, imageKey(image.request.id, image.index));
  }

  scoreOf(trial: number): number | null {
    return this.#scores.get(trial) ?? null;
  }
}

export function slotsOfProof({ plan: { requests, images } }: RecordedProof): SlotImage[] {
  const byId = new Map(requests.map((request) => [request.id, request]));
  return images.flatMap(({ request, index }) => {
    const found = byId.get(request);
    return found === undefined ? [] : [{ request: found, index }];
  });
}

export function slotText({ request: { payload, prompt, seeds }, index }: SlotImage): GallerySlot {
  return { payload: shortText(payload, 100), seed: seeds[index] ?? 0, prompt: shortText(prompt, 300) };
}

/** Without anything that moves or hides text, and no longer than somebody reads. */
export function shortText(text: string, most = 1000): string {
  const shown = printable(text.slice(0, most));
  return text.length > most ? `${shown}…` : shown;
}

/** Another picture has another one. Its first picture stays while a trial gets more of them. */
export function versionOf([first]: readonly ImageRecord[]): string {
  return first?.pixels.slice(0, 12) ?? '';
}

/** A score that was taken over belongs to the pictures of another iteration. */
function pictured(trial: FinishedTrial, finished: RecordedRun['finished']): FinishedTrial {
  if (trial.state !== 'scored' || trial.source.kind !== 'repeat') return trial;
  return finished.get(trial.source.of) ?? trial;
}

function keyed(images: readonly ImageRecord[]): Map<string, ImageRecord> {
  return new Map(images.map((image) => [imageKey(image.request, image.index), image]));
}

function meanOf(images: readonly ImageRecord[]): number | null {
  if (images.length === 0) return null;
  return images.reduce((sum, { score }) => sum + score, 0) / images.length;
}
