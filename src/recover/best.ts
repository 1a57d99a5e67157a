/** Which weights to hand to the user, out of a recipe, an end block (whole or cut) and the iterations. */
import type { Recipe } from '../formats/recipe.ts';
import { type BlockName, type BlockWeights } from '../space/blocks.ts';
import { SEARCH_ORDER, weightsFromList, weightsToList } from '../architectures/sd-lists.ts';
import type { RecoveredBest, RecoveredIteration } from './types.ts';

/** What was read of an end block. */
export interface EndBlock {
  readonly line: number;
  readonly score: number | undefined;
  /** Index in search order to weight; fewer than 27 when the block is cut, or blocks were searched in groups. */
  readonly parameters: ReadonlyMap<number, number>;
}

export interface Evidence {
  readonly recipe: Recipe | undefined;
  readonly endBlock: EndBlock | undefined;
  readonly iterations: readonly RecoveredIteration[];
}

export interface Choice {
  readonly best?: RecoveredBest;
  readonly partialBest?: { readonly weights: BlockWeights; readonly score: number | null };
  readonly notes: readonly string[];
}

/**
 * A recipe's list is what was merged, so it comes first; then a whole end block, then the first best iteration.
 * The others are checked against it and disagreements told. One exception: a recipe that differs from the log only by
 * OUT and TIME_EMBED changing places was written in legacy order, and the log is right.
 */
export function chooseBest(evidence: Evidence): Choice {
  const { recipe, endBlock, iterations } = evidence;
  if (recipe !== undefined) return fromRecipe(recipe, endBlock, iterations);
  if (endBlock === undefined) return fromIterations(iterations);
  const weights = wholeWeights(endBlock);
  return weights === undefined
    ? fromPartial(endBlock, iterations)
    : fromEndBlock(endBlock, weights, iterations);
}

/** The first iteration with the highest score. */
export function bestIteration(iterations: readonly RecoveredIteration[]): RecoveredIteration | undefined {
  let best: RecoveredIteration | undefined;
  for (const iteration of iterations)
    if (best === undefined || iteration.score > best.score) best = iteration;
  return best;
}

export function sameWeights(a: BlockWeights, b: BlockWeights): boolean {
  return SEARCH_ORDER.every((name) => a[name] === b[name]);
}

/** The 27 weights of an end block, or undefined when some are missing. */
export function wholeWeights({ parameters }: EndBlock): BlockWeights | undefined {
  const weights = partialWeights(parameters);
  return SEARCH_ORDER.every((name) => weights[name] !== undefined) ? weights : undefined;
}

function fromRecipe(
  recipe: Recipe,
  endBlock: EndBlock | undefined,
  iterations: readonly RecoveredIteration[],
): Choice {
  const { weights } = recipe;
  const swapped: BlockWeights = swapOutAndTime(weights);
  const whole = endBlock === undefined ? undefined : wholeWeights(endBlock);
  const score = iterations.find((iteration) => sameWeights(iteration.weights, weights))?.score;
  if (endBlock !== undefined && whole !== undefined) {
    const blockScore = endBlock.score ?? null;
    if (sameWeights(whole, weights))
      return { best: { weights, score: blockScore, source: 'recipe' }, notes: [] };
    if (sameWeights(whole, swapped)) {
      return {
        best: { weights: whole, score: blockScore, source: 'end-block' },
        notes: [legacyNote(recipe)],
      };
    }
    return {
      best: { weights, score: score ?? null, source: 'recipe' },
      notes: [
        `Line ${endBlock.line}: the end block disagrees with the recipe in ${differing(whole, weights).join(', ')}; ` +
          `using the recipe. The end block's list in search order is ${weightsToList(whole, 'search').join(',')}.`,
      ],
    };
  }
  if (endBlock !== undefined && endBlock.parameters.size > 0) {
    const part = partialWeights(endBlock.parameters);
    if (agrees(part, weights)) {
      return { best: { weights, score: score ?? endBlock.score ?? null, source: 'recipe' }, notes: [] };
    }
    if (agrees(part, swapped)) {
      const best = { weights: swapped, score: endBlock.score ?? null, source: 'recipe' } as const;
      return { best, notes: [legacyNote(recipe)] };
    }
    const notes = [`Line ${endBlock.line}: the cut end block disagrees with the recipe; using the recipe.`];
    return { best: { weights, score: score ?? null, source: 'recipe' }, notes };
  }
  return fromRecipeAndIterations(recipe, score, iterations);
}

function fromRecipeAndIterations(
  recipe: Recipe,
  score: number | undefined,
  iterations: readonly RecoveredIteration[],
): Choice {
  const { weights } = recipe;
  const best = bestIteration(iterations);
  if (score === undefined && best !== undefined && sameWeights(best.weights, swapOutAndTime(weights))) {
    return { best: { ...best, source: 'iterations' }, notes: [legacyNote(recipe)] };
  }
  const notes: string[] = [];
  if (best !== undefined && score === undefined) {
    notes.push('The recipe does not match any of the iterations below it; using the recipe.');
  } else if (best !== undefined && score !== undefined && best.score > score) {
    notes.push(
      `The recipe has the score ${score}, but an iteration below it has ${best.score}; using the recipe.`,
    );
  }
  return { best: { weights, score: score ?? null, source: 'recipe' }, notes };
}

function fromEndBlock(
  endBlock: EndBlock,
  weights: BlockWeights,
  iterations: readonly RecoveredIteration[],
): Choice {
  const found = iterations.find((iteration) => sameWeights(iteration.weights, weights))?.score;
  const score = endBlock.score ?? found ?? null;
  const best = bestIteration(iterations);
  const notes: string[] = [];
  if (score !== null && found !== undefined && found !== score) {
    notes.push(
      `Line ${endBlock.line}: the end block's best score is ${score}, but the iteration with these weights has ${found}.`,
    );
  }
  if (score !== null && best !== undefined && best.score > score) {
    notes.push(
      `Line ${endBlock.line}: the end block's best score is ${score}, but an iteration above it has ${best.score}.`,
    );
  }
  return { best: { weights, score, source: 'end-block' }, notes };
}

function fromPartial(endBlock: EndBlock, iterations: readonly RecoveredIteration[]): Choice {
  const part = partialWeights(endBlock.parameters);
  const cut = `Line ${endBlock.line}: the end block has ${endBlock.parameters.size} of 27 weights`;
  const fitting = iterations.filter(
    (iteration) =>
      agrees(part, iteration.weights) && (endBlock.score === undefined || iteration.score === endBlock.score),
  );
  const [first] = fitting;
  if (first !== undefined && fitting.every(({ weights }) => sameWeights(weights, first.weights))) {
    return {
      best: { ...first, source: 'iterations' },
      notes: [`${cut}; the rest comes from the matching iteration.`],
    };
  }
  const rest = fromIterations(iterations);
  return {
    ...rest,
    partialBest: { weights: part, score: endBlock.score ?? null },
    notes: [
      `${cut}, and no single iteration matches it; ${rest.best === undefined ? 'there is no complete list' : 'using the best iteration'}.`,
    ],
  };
}

function fromIterations(iterations: readonly RecoveredIteration[]): Choice {
  const best = bestIteration(iterations);
  return best === undefined ? { notes: [] } : { best: { ...best, source: 'iterations' }, notes: [] };
}

function partialWeights(parameters: ReadonlyMap<number, number>): BlockWeights {
  const weights: Record<BlockName, number> = {};
  for (const [index, name] of SEARCH_ORDER.entries()) {
    const value = parameters.get(index);
    if (value !== undefined) weights[name] = value;
  }
  return weights;
}

function agrees(part: BlockWeights, whole: BlockWeights): boolean {
  return SEARCH_ORDER.every((name) => part[name] === undefined || part[name] === whole[name]);
}

function differing(a: BlockWeights, b: BlockWeights): BlockName[] {
  return SEARCH_ORDER.filter((name) => a[name] !== b[name]);
}

function swapOutAndTime(weights: BlockWeights): BlockWeights {
  return weightsFromList(
    weightsToList({ ...weights, OUT: weights.TIME_EMBED ?? 0, TIME_EMBED: weights.OUT ?? 0 }, 'search'),
    'search',
  );
}

function legacyNote(recipe: Recipe): string {
  const other = recipe.order === 'legacy' ? 'recipe' : 'legacy';
  return `The recipe and the log have OUT and TIME_EMBED swapped: the recipe is written in ${other} order. Using the log.`;
}
