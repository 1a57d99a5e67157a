/** Runs with the same scores would hide each other: their lines take turns. */
import type { RunSeries } from './series.ts';

export interface Stroke {
  /** Lengths of stroke and gap in pixels; undefined: solid. */
  readonly dash: readonly number[] | undefined;
  /** Pixels by which the pattern is shifted. */
  readonly offset: number;
}

const LENGTH = 7;

/** Of equal runs each one's strokes fall into the gaps of the others, so that all of their colours show. */
export function strokeOf(all: readonly RunSeries[], index: number): Stroke {
  const first = all[index]?.equals ?? index;
  const equal = [...all.keys()].filter((other) => other === first || all[other]?.equals === first);
  if (equal.length < 2) return { dash: undefined, offset: 0 };
  return { dash: [LENGTH, LENGTH * (equal.length - 1)], offset: LENGTH * equal.indexOf(index) };
}

/** `equals run 1`; undefined where no earlier run has the same scores. */
export function equalityInWords({ equals }: RunSeries): string | undefined {
  return equals === undefined ? undefined : `equals run ${equals + 1}`;
}
