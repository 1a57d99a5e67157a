/** One entry of the registry: an algorithm, its names, its parameters. */
import type { z } from 'zod';
import type { Proposer, ProposerContext } from './ask-tell/proposer.ts';

export interface OptimizerDefinition<Options extends z.ZodObject = z.ZodObject> {
  /** kebab-case, as in `--optimizer`. */
  readonly name: string;
  /** Class name in Gradient-Free-Optimizers, accepted as a name too. */
  readonly pythonClass: string;
  /** One more whenever the same seed and the same scores lead to other points than before: journals keep it. */
  readonly version: number;
  readonly title: string;
  /** What it does and what it is good for, in one sentence. */
  readonly sentence: string;
  /** Paper or program that it follows. */
  readonly source: string;
  /** Every parameter with a default and a description. */
  readonly options: Options;
  readonly createProposer: (options: z.output<Options>, context: ProposerContext) => Proposer;
}

/** Keeps the type of the options between the schema and the rule. */
export function defineOptimizer<Options extends z.ZodObject>(
  definition: OptimizerDefinition<Options>,
): OptimizerDefinition<Options> {
  return definition;
}
