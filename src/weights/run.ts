/** Weights from a run: what it recommends, or those of one of its iterations. */
import path from 'node:path';
import type { BlockWeights } from '../architectures/architecture.ts';
import { unlistedBlocks, weightsToList } from '../architectures/sd-lists.ts';
import { MODEL_LETTERS } from '../checkpoints/metadata.ts';
import { usageError } from '../shared/errors.ts';
import { filesOf } from '../journal/name-run.ts';
import { readJournal, trialsOf } from '../journal/read.ts';
import type { JournalRecord } from '../journal/record.ts';
import { parseBlockJson } from '../formats/block-json.ts';
import { parseRecipe } from '../formats/recipe.ts';
import { codeOf } from '../shared/system-error.ts';
import { readTextFile } from '../shared/files/read-file.ts';
import { comparableIn } from '../judging/trial-scores.ts';
import { mergesOf, type ScoredTrial } from '../types.ts';
import type { FoundWeights } from './weights-source.ts';
import { scoreText } from '../shared/score-text.ts';

export interface RunChoice {
  /** An iteration in place of what the run recommends. */
  readonly iteration?: number | undefined;
  /** How the user chooses one, for the message. */
  readonly how?: string;
}

/** @throws usage errors `iteration-unknown` and those of journals */
export async function readRunWeights(journal: string, choice: RunChoice = {}): Promise<FoundWeights> {
  const { records } = await readJournal(journal);
  const { finished, open } = trialsOf(records);
  const [first] = records;
  const about = aboutRun(first);
  const { iteration, how = `${journal}#NUMBER` } = choice;
  if (iteration !== undefined) {
    const trial = [...finished, ...open].find(({ id }) => id === iteration);
    if (trial === undefined) {
      throw usageError(
        'iteration-unknown',
        `The run ${journal} has no iteration ${iteration}; it has ${finished.length + open.length}.`,
      );
    }
    const score = trial.state === 'scored' ? { score: trial.score } : {};
    return { ...about, ...score, weights: trial.weights, origin: `iteration ${iteration} of ${journal}` };
  }
  // At its end a run writes down what its optimizer recommends, which need not be the luckiest score.
  const recipe = first?.kind === 'plan' ? await recommended(journal, first.recipe) : undefined;
  const comparable = comparableIn(first?.kind === 'plan' ? first.plan : undefined, finished);
  const rank = ({ id, score }: ScoredTrial): number => comparable.get(id) ?? score;
  const scored = mergesOf(finished)
    .filter((trial) => trial.state === 'scored')
    .toSorted((x, y) => rank(y) - rank(x));
  if (recipe !== undefined) {
    const weights = 'IN00' in recipe ? withUnlisted(recipe, scored) : recipe;
    return { ...about, weights, origin: `the recipe of the run ${journal}` };
  }
  const [best] = scored;
  if (best === undefined) {
    throw usageError(
      'iteration-unknown',
      `No iteration of the run ${journal} was scored; choose one with ${how}.`,
    );
  }
  return {
    ...about,
    weights: best.weights,
    score: best.score,
    chosenOf: scored.length,
    origin: `iteration ${best.id} of ${journal}, the best with score ${scoreText(best.score)}`,
  };
}

/** A recipe has no place for LABEL_EMB, but the iteration that it is of has. */
function withUnlisted(
  listed: BlockWeights,
  scored: readonly { readonly weights: BlockWeights }[],
): BlockWeights {
  const wanted = weightsToList(listed, 'search').join();
  const trial = scored.find(({ weights }) => weightsToList(weights, 'search').join() === wanted);
  if (trial === undefined) return listed;
  const others = unlistedBlocks(trial.weights).map((name) => [name, trial.weights[name] ?? 0] as const);
  return { ...listed, ...Object.fromEntries(others) };
}

/** What the first line of a journal tells of its models. */
export function aboutRun(
  first: JournalRecord | undefined,
): Pick<FoundWeights, 'models' | 'modelsDir' | 'sha256' | 'name'> {
  if (first?.kind === 'recovered') {
    const { modelA, modelB, output } = first;
    return {
      models: { ...(modelA !== null && { a: modelA }), ...(modelB !== null && { b: modelB }) },
      sha256: {},
      ...(output !== null && { name: output }),
    };
  }
  const plan = first?.kind === 'plan' ? first.plan : undefined;
  const { modelA: a, modelB: b } = plan?.server ?? {};
  const { modelsDir, modelC, model = [] } = plan?.config ?? {};
  // As a person has named them: a path, or a name below the folder.
  const others = [...(modelC === undefined ? [] : [modelC]), ...model];
  const further = others.map((file, n) => [MODEL_LETTERS[n + 2] ?? 'h', file] as const);
  return {
    models: { ...(a && { a: a.file }), ...(b && { b: b.file }), ...Object.fromEntries(further) },
    ...(typeof modelsDir === 'string' && { modelsDir }),
    sha256: {},
    ...(plan !== undefined && { name: plan.config.output }),
  };
}

/** The weights of the recipe that a run wrote; undefined where it is not there, or no longer one. */
async function recommended(journal: string, recipe: string): Promise<BlockWeights | undefined> {
  try {
    const text = await readTextFile(path.join(filesOf(journal).folder, recipe));
    return /\.json$/i.test(recipe) ? parseBlockJson(text) : parseRecipe(text)?.weights;
  } catch (error) {
    // The recipe may have been moved to the merged model.
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
