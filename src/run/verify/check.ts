/** What comes of looking at one side of a run. */

const CHECK_NAMES = [
  'lines',
  'iterations',
  'asks',
  'pictures',
  'scores',
  'models',
  'checkpoint',
  'csv',
  'recipe',
  'proof',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

export interface Difference {
  /** Where it is about one. */
  readonly iteration?: number;
  readonly message: string;
}

export interface Check {
  readonly name: CheckName;
  /** `unchecked`: nothing could be looked at, and the summary says why. */
  readonly state: 'right' | 'differs' | 'unchecked';
  /** What was looked at, and what of it could not be. */
  readonly summary: string;
  readonly differences: readonly Difference[];
}

export interface Verification {
  readonly journal: string;
  /** Nothing differs; what could not be checked does not count. */
  readonly isRight: boolean;
  /** In the order of their names. */
  readonly checks: readonly Check[];
}

export function checked(name: CheckName, summary: string, differences: readonly Difference[]): Check {
  return { name, state: differences.length > 0 ? 'differs' : 'right', summary, differences };
}

export function unchecked(name: CheckName, summary: string): Check {
  return { name, state: 'unchecked', summary, differences: [] };
}

/** Other versions of Node.js may compute another last digit. */
export function isAlike(one: number, other: number, tolerance = 1e-9): boolean {
  return Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(one), Math.abs(other));
}
