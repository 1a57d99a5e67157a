/** One run while its events come in, and what becomes of it in the end. */
import type { Recipe } from '../formats/recipe.ts';
import type { BlockWeights } from '../space/blocks.ts';
import { chooseBest, type EndBlock } from './best.ts';
import type { RecoveredIteration, RecoveredRun, RunTimings } from './types.ts';
import { highest } from '../shared/extremes.ts';
import { counted } from '../shared/counted.ts';

/** Of a file full of damage, the first notes tell enough. */
export const MAX_NOTES = 200;

type ModelLetter = 'A' | 'B' | 'O';

export interface Pending {
  readonly weights: BlockWeights;
  readonly line: number;
  readonly logged: boolean;
}

export interface OpenEndBlock extends EndBlock {
  score: number | undefined;
  readonly parameters: Map<number, number>;
  closed: boolean;
}

export class RunDraft {
  readonly firstLine: number;
  format: 'console' | 'json-lines' = 'console';
  readonly iterations: RecoveredIteration[] = [];
  readonly unfinished: BlockWeights[] = [];
  readonly notes: string[] = [];
  readonly models: Partial<Record<ModelLetter, string>> = {};
  timings: { -readonly [K in keyof RunTimings]: RunTimings[K] } = {};
  recipe: Recipe | undefined;
  seed: number | undefined;
  optimizer: string | undefined;
  endBlock: OpenEndBlock | undefined;
  /** Weights that wait for their score. */
  pending: Pending | undefined;
  /** The last weights could not be read, so that the next score belongs to nothing. */
  damaged = false;
  /** Iterations done, as the progress bar counts. */
  done = 0;
  /** Trials of our own files that wait, by number, and those that are through. */
  readonly asked = new Map<number, Pending>();
  readonly through = new Set<number>();
  /** Of our own files: by trial, its place among the iterations and the images that its score is made of. */
  readonly scored = new Map<number, { readonly place: number; images: number | undefined }>();

  #untold = 0;

  constructor(firstLine: number) {
    this.firstLine = firstLine;
  }

  /** Something of a search has been read, not just names and notes. */
  get hasSearch(): boolean {
    const waiting = this.pending !== undefined || this.asked.size > 0 || this.unfinished.length > 0;
    return this.iterations.length > 0 || this.endBlock !== undefined || this.through.size > 0 || waiting;
  }

  note(line: number, text: string): void {
    if (this.notes.length < MAX_NOTES) this.notes.push(`Line ${line}: ${text}.`);
    else this.#untold += 1;
  }

  /** The pending weights get no score any more. */
  abandon(why: string): void {
    if (this.pending === undefined) return;
    this.unfinished.push(this.pending.weights);
    this.note(this.pending.line, `these weights have no score (${why})`);
    this.pending = undefined;
  }

  /** A trial got more images. */
  extend(trial: number, score: number, images: number): void {
    const found = this.scored.get(trial);
    const before = found && this.iterations[found.place];
    if (found === undefined || before === undefined) return;
    this.iterations[found.place] = { ...before, score };
    found.images = (found.images ?? 0) + images;
  }

  /** The finished run, or undefined when nothing of use was in it. */
  finish(): RecoveredRun | undefined {
    this.abandon('the run stopped here');
    for (const [trial, { weights, line }] of this.asked) {
      this.unfinished.push(weights);
      this.note(line, `trial ${trial} has no score (the run stopped here)`);
    }
    if (!this.hasSearch && this.recipe === undefined) return undefined;
    const { best, partialBest, notes } = chooseBest({
      recipe: this.recipe,
      endBlock: this.endBlock,
      iterations: this.#withMostImages(),
    });
    const more =
      this.#untold === 0
        ? []
        : [
            `${counted(this.#untold, 'further oddity', 'further oddities')} of this run ${this.#untold === 1 ? 'is' : 'are'} not listed.`,
          ];
    const modelA = this.models.A ?? this.recipe?.modelA;
    const modelB = this.models.B ?? this.recipe?.modelB;
    const modelO = this.models.O ?? this.recipe?.modelO;
    return {
      format: this.format,
      firstLine: this.firstLine,
      iterations: this.iterations,
      ...(best === undefined ? {} : { best }),
      unfinished: this.unfinished,
      ...(partialBest === undefined ? {} : { partialBest }),
      ...(this.recipe === undefined ? {} : { recipe: this.recipe }),
      ...(modelA === undefined ? {} : { modelA }),
      ...(modelB === undefined ? {} : { modelB }),
      ...(modelO === undefined ? {} : { modelO }),
      ...(Object.keys(this.timings).length === 0 ? {} : { timings: this.timings }),
      ...(this.seed === undefined ? {} : { seed: this.seed }),
      ...(this.optimizer === undefined ? {} : { optimizer: this.optimizer }),
      notes: [...this.notes, ...more, ...notes],
    };
  }

  /** The iterations that the best is looked for among: the score of few images may be high because these are easy. */
  #withMostImages(): readonly RecoveredIteration[] {
    const counts = new Map([...this.scored.values()].map(({ place, images }) => [place, images]));
    const most = highest([0, ...counts.values()].map((images = 0) => images));
    return this.iterations.filter((_, place) => (counts.get(place) ?? most) === most);
  }
}
