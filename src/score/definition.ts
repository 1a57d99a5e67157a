/** What the registry knows of a scorer before it exists: words for people, its settings, and how it is made. */
import type { z } from 'zod';
import type { RatingTerminal } from './manual/terminal.ts';
import type { Scorer } from './scorer.ts';

/** What a scorer gets from whoever makes it. */
export interface ScorerContext {
  /** Of the person who rates; that of this process unless given. */
  readonly terminal?: RatingTerminal | undefined;
  /** A live page of the run is open: a person may rate there. Absent = no. */
  readonly hasPage?: boolean | undefined;
}

export interface ScorerDefinition<Options = unknown> {
  readonly id: string;
  /** One sentence. */
  readonly summary: string;
  /** What the user has to have or install; `nothing` where it works at once. */
  readonly needs: string;
  /** Of the scorer's own code and weights. */
  readonly licence: string;
  /** Where the user gets the weights; absent where there are none. */
  readonly source?: string;
  /** Settings as the user gives them (`--scorer-options id.key=value`, or an object in the config file). */
  readonly options: z.ZodType<Options>;
  /** What the Python tool subtracts from the raw value before its sigmoid; absent where it has no such scorer. */
  readonly sigmoidCentre?: number;
  /** What its settings can have it do: start a program, or send images to an address. Absent = nothing. */
  readonly reaches?: 'program' | 'address';
  /** Computing a score again costs more than looking it up: scores are kept over runs. */
  readonly cache: boolean;
  /** Cheap: what is heavy is loaded by `open`. The version of the scorer must tell every setting that changes a score. */
  readonly create: (options: Options, context?: ScorerContext) => Scorer;
}
