/** What a proof measures, each under a number of its own: by that an evaluator says which of them are in doubt. */
import type { Candidate, CandidateImages } from '../proof/proof.ts';
import type { EncodedImage, FailedImage, ImageRecord } from '../types.ts';
import type { SeenTrial } from './seen-images.ts';

interface Seen extends SeenTrial {
  state: SeenTrial['state'];
  readonly label: string;
}

export interface OpenProofTrial {
  readonly id: number;
  readonly label: string;
  readonly weights: Candidate['weights'];
  /** Images that it has may show another merge: why, one sentence for people. */
  doubt?: string | undefined;
}

/** What there is of a candidate. */
export interface Drawn {
  readonly images: readonly ImageRecord[];
  readonly missing: readonly FailedImage[];
  /** By `imageKey`. */
  readonly files: ReadonlyMap<string, EncodedImage | string>;
  /** Some of those that are missing were not asked for. */
  readonly isUnfinished?: boolean;
}

export class ProofTrials {
  /** What was drawn, for whoever looks whether the images differ. */
  readonly trials: Seen[] = [];
  readonly #open = new Map<number, OpenProofTrial>();
  #last = 0;

  /** It is measured from here on, until {@link end}. */
  begin(label: string, { weights }: Candidate): OpenProofTrial {
    const trial: OpenProofTrial = { id: ++this.#last, label, weights };
    this.#open.set(trial.id, trial);
    return trial;
  }

  end({ id }: Pick<OpenProofTrial, 'id'>): void {
    this.#open.delete(id);
  }

  /** @param id under which it was measured; a new one unless given */
  note(
    label: string,
    { candidate, images }: Pick<CandidateImages, 'candidate'> & { readonly images: readonly ImageRecord[] },
    id = ++this.#last,
  ): void {
    this.trials.push({ id, label, weights: candidate.weights, state: 'scored', images });
  }

  /**
   * Those that are measured and not recorded are in doubt from here on.
   * @returns those that are recorded and count no longer
   */
  takeBack(ids: readonly number[], reason: string): readonly Seen[] {
    for (const id of ids) {
      const open = this.#open.get(id);
      if (open !== undefined) open.doubt = reason;
    }
    const taken = this.trials.filter(({ id, state }) => ids.includes(id) && state !== 'failed');
    for (const one of taken) one.state = 'failed';
    return taken;
  }
}
