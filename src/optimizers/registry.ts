/** Every optimizer by name. Adding one is adding its file and one line here. */
import type { z } from 'zod';
import { usageError } from '../shared/errors.ts';
import { didYouMean, nearestName } from '../shared/nearest-name.ts';
import { bayesian } from './model/bayesian.ts';
import { cmaEs } from './population/cma-es.ts';
import type { OptimizerDefinition } from './definition.ts';
import { differentialEvolution } from './population/differential-evolution.ts';
import { direct } from './partition/direct.ts';
import { downhillSimplex } from './local/downhill-simplex.ts';
import { evolutionStrategy } from './population/evolution-strategy.ts';
import { forest } from './model/forest.ts';
import { genetic } from './population/genetic.ts';
import { gridSearch } from './sampling/grid-search.ts';
import { hillClimbing } from './local/hill-climbing.ts';
import { lipschitz } from './partition/lipschitz.ts';
import type { Optimizer, OptimizerSettings } from './optimizer.ts';
import { parallelTempering } from './population/parallel-tempering.ts';
import { particleSwarm } from './population/particle-swarm.ts';
import { patternSearch } from './local/pattern-search.ts';
import { powellsMethod } from './local/powells-method.ts';
import { randomAnnealing } from './local/random-annealing.ts';
import { randomRestartHillClimbing } from './local/random-restart-hill-climbing.ts';
import { randomSearch } from './sampling/random.ts';
import { repulsingHillClimbing } from './local/repulsing-hill-climbing.ts';
import type { Proposer, ProposerContext } from './ask-tell/proposer.ts';
import { simulatedAnnealing } from './local/simulated-annealing.ts';
import { spiralOptimization } from './population/spiral-optimization.ts';
import { stochasticHillClimbing } from './local/stochastic-hill-climbing.ts';
import { treeStructuredParzen } from './model/tree-structured-parzen.ts';
import { createAskTell } from './ask-tell/ask-tell.ts';

const ENTRIES: readonly Entry[] = [
  entry(bayesian),
  entry(cmaEs),
  entry(differentialEvolution),
  entry(direct),
  entry(downhillSimplex),
  entry(evolutionStrategy),
  entry(forest),
  entry(genetic),
  entry(gridSearch),
  entry(hillClimbing),
  entry(lipschitz),
  entry(parallelTempering),
  entry(particleSwarm),
  entry(patternSearch),
  entry(powellsMethod),
  entry(randomAnnealing),
  entry(randomRestartHillClimbing),
  entry(randomSearch),
  entry(repulsingHillClimbing),
  entry(simulatedAnnealing),
  entry(spiralOptimization),
  entry(stochasticHillClimbing),
  entry(treeStructuredParzen),
];

/** What `autombw optimizers` shows. */
export interface OptimizerDescription {
  readonly name: string;
  readonly pythonClass: string;
  /** Of what it asks for with the same seed and scores. */
  readonly version: number;
  readonly title: string;
  readonly sentence: string;
  readonly source: string;
  readonly options: readonly OptionDescription[];
}

export interface OptionDescription {
  readonly name: string;
  readonly default: unknown;
  readonly description: string;
}

interface Entry extends OptimizerDescription {
  readonly resolveOptions: (given: Readonly<Record<string, unknown>>) => Record<string, unknown>;
  readonly proposerMaker: (
    given: Readonly<Record<string, unknown>>,
  ) => (context: ProposerContext) => Proposer;
}

/** kebab-case names in alphabetical order. */
export const optimizerNames: readonly string[] = ENTRIES.map(({ name }) => name).toSorted();

/**
 * @param name kebab-case or the Python class name
 * @throws usage errors `optimizer-unknown`, `optimizer-option`, `seed-not-integer`, `dimension-bounds`, `dimension-intervals`
 */
export function createOptimizer(name: string, settings: OptimizerSettings): Optimizer {
  return createAskTell(settings, findEntry(name).proposerMaker(settings.options ?? {}));
}

/** An optimizer's choice as a plan keeps it: canonical name and every option, so that later defaults change nothing. */
export interface ResolvedOptimizer {
  readonly name: string;
  /** As in {@link OptimizerDescription}. */
  readonly version: number;
  readonly seed: number;
  readonly options: Record<string, unknown>;
}

/** @throws usage errors `optimizer-unknown`, `optimizer-option` */
export function resolveOptimizer(
  name: string,
  options: Readonly<Record<string, unknown>>,
  seed: number,
): ResolvedOptimizer {
  const found = findEntry(name);
  return { name: found.name, version: found.version, seed, options: found.resolveOptions(options) };
}

/** Every optimizer with its sources and options, as data. */
export function describeOptimizers(): OptimizerDescription[] {
  return ENTRIES.map(({ name, pythonClass, version, title, sentence, source, options }) => ({
    name,
    pythonClass,
    version,
    title,
    sentence,
    source,
    options,
  }));
}

function findEntry(name: string): Entry {
  const found = ENTRIES.find((candidate) => candidate.name === name || candidate.pythonClass === name);
  if (found !== undefined) return found;
  const known = ENTRIES.flatMap(({ name, pythonClass }) => [name, pythonClass]);
  throw usageError(
    'optimizer-unknown',
    `There is no optimizer "${name}".${didYouMean(name, known)} Choose one of ${optimizerNames.join(', ')}.`,
  );
}

/** Forgets the type of the options: a table holds many optimizers, each with its own. */
function entry<Options extends z.ZodObject>(definition: OptimizerDefinition<Options>): Entry {
  const { options, createProposer, ...names } = definition;
  const defaults = options.parse({});
  const read = (given: Readonly<Record<string, unknown>>): z.output<Options> => {
    const parsed = options.safeParse(given);
    if (!parsed.success) throw optionError(names.name, parsed.error, Object.keys(options.shape));
    return parsed.data;
  };
  return {
    ...names,
    options: Object.entries(options.shape).map(([name, schema]) => ({
      name,
      default: defaults[name],
      description: 'description' in schema ? String(schema.description ?? '') : '',
    })),
    resolveOptions: read,
    proposerMaker: (given) => {
      const resolved = read(given);
      return (context) => createProposer(resolved, context);
    },
  };
}

/** In the middle of a sentence. */
function meant(key: string, known: readonly string[]): string {
  const nearest = nearestName(key, known);
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
}

function optionError(optimizer: string, error: z.ZodError, known: readonly string[]): Error {
  const faults = error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const legal = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none';
      return `unknown option ${issue.keys.map((key) => `"${key}"${meant(key, known)}`).join(', ')}; ${legal}`;
    }
    return `option ${issue.path.join('.')}: ${issue.message}`;
  });
  return usageError('optimizer-option', `Optimizer ${optimizer}: ${faults.join('; ')}.`, { cause: error });
}
