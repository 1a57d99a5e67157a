/** The trials of a run as the page lists them. A row stays the same object as long as it says the same. */
import { REJECTED } from '../shared/error-codes.ts';
import { isBaseline, type FinishedTrial } from '../types.ts';
import type { PageTrial } from './state.ts';

/** What does not follow from the trial alone. */
export interface RowFacts {
  /** Null for none. */
  readonly score: number | null;
  readonly hours: number | undefined;
  readonly by: string | undefined;
  readonly goals: readonly number[] | undefined;
}

export class PageRows {
  readonly #rows: PageTrial[] = [];
  /** What each of them was made of. */
  readonly #trials: FinishedTrial[] = [];
  /** Positions. */
  readonly #changed = new Set<number>();
  readonly #places = new Map<number, number>();

  /** In the order in which they finished. */
  get all(): readonly PageTrial[] {
    return this.#rows;
  }

  /** Position of a trial. */
  placeOf(id: number): number | undefined {
    return this.#places.get(id);
  }

  /** @param from position of the first trial of which something may have changed */
  update(trials: readonly FinishedTrial[], from: number, factsOf: (trial: FinishedTrial) => RowFacts): void {
    for (let at = from; at < trials.length; at++) {
      const trial = trials[at];
      if (trial === undefined) continue;
      const facts = factsOf(trial);
      const known = this.#rows[at];
      if (known !== undefined && this.#trials[at] === trial && isSame(known, facts)) continue;
      this.#rows[at] = newRow(trial, facts);
      this.#trials[at] = trial;
      this.#places.set(trial.id, at);
      this.#changed.add(at);
    }
  }

  /** Those that are new or no longer the same since this was asked last. */
  takeChanged(): PageTrial[] {
    const changed = [...this.#changed].toSorted((one, other) => one - other);
    this.#changed.clear();
    return changed.flatMap((at) => this.#rows[at] ?? []);
  }
}

function isSame(row: PageTrial, { score, hours, by, goals }: RowFacts): boolean {
  return (
    row.score === score &&
    row.hours === hours &&
    row.by === by &&
    row.goals?.length === goals?.length &&
    (goals ?? []).every((value, k) => value === row.goals?.[k])
  );
}

/** All else of it follows from the trial. */
function newRow(trial: FinishedTrial, { score, hours, by, goals }: RowFacts): PageTrial {
  const isRejected = trial.state === 'failed' && trial.failure.code === REJECTED;
  const note = noteOf(trial);
  const time = 'time' in trial ? trial.time : undefined;
  return {
    id: trial.id,
    state: isRejected ? 'rejected' : trial.state,
    score,
    ...(isBaseline(trial) && { baseline: trial.baseline }),
    ...(note !== undefined && { note }),
    images: trial.images.length,
    ...(time !== undefined && { at: time.at, seconds: time.iteration }),
    ...(hours !== undefined && { hours }),
    ...(by !== undefined && { by }),
    ...(goals !== undefined && { goals }),
  };
}

function noteOf(trial: FinishedTrial): string | undefined {
  if (trial.state === 'failed') return trial.failure.message;
  switch (trial.source.kind) {
    case 'repeat':
      return `as iteration ${trial.source.of}, no image made`;
    case 'earlier-pass':
      return 'as in an earlier pass, no image made';
    case 'learned':
      return 'found by an earlier tool';
    default:
      return undefined;
  }
}
