/** Labels that never lie on each other. Pure. */

export interface Label {
  readonly text: string;
  /** Where it may stand, the best place first: its left end and its baseline, in pixels. */
  readonly spots: readonly (readonly [x: number, y: number])[];
}

export interface PlacedLabel {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** Pixels of a letter on average, and of a line. */
const LETTER = 6.7;
const LINE = 14;

export function labelWidth(text: string): number {
  return Math.ceil(text.length * LETTER);
}

/** One that has no room anywhere is left out: the caption says the same. */
export function placeLabels(labels: readonly Label[]): PlacedLabel[] {
  const placed: PlacedLabel[] = [];
  for (const { text, spots } of labels) {
    const spot = spots.find(([x, y]) => placed.every((other) => !overlap({ text, x, y }, other)));
    if (spot !== undefined) placed.push({ text, x: spot[0], y: spot[1] });
  }
  return placed;
}

function overlap(one: PlacedLabel, other: PlacedLabel): boolean {
  return (
    one.x < other.x + labelWidth(other.text) &&
    other.x < one.x + labelWidth(one.text) &&
    Math.abs(one.y - other.y) < LINE
  );
}
