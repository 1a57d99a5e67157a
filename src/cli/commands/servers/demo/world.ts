/** What the demo shows: a simulated WebUI with its models, and what is asked of them. */
import type { Simulator } from '../../../../simulator/index.ts';

/** Everything that the demo writes lies below it. */
export const FOLDER = 'autombw-demo';
export const ITERATIONS = 60;

export interface DemoWorld {
  readonly start: () => Promise<Simulator>;
  /** Lines for whoever sees it for the first time. */
  readonly introduction: readonly string[];
  /** Options of the search that are this world's own. */
  readonly config: () => Readonly<Record<string, unknown>>;
}
