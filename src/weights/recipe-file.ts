/** Weights from a recipe: the text file of the field. */
import { usageError } from '../shared/errors.ts';
import { parseRecipe, type Recipe, type RecipeOrder } from '../formats/recipe.ts';
import type { FoundWeights } from './weights-source.ts';
import { readGivenText } from '../shared/files/given-text.ts';

/** @throws usage errors `recipe-unreadable`, `recipe-invalid` */
export async function readRecipeFile(file: string, order?: RecipeOrder): Promise<FoundWeights> {
  const text = await readGivenText(file, 'The recipe', 'recipe-unreadable');
  const recipe = parseRecipe(text, order);
  if (recipe === undefined) {
    throw usageError(
      'recipe-invalid',
      `${file} is not a recipe: it has no lines modelA=… and modelB=… followed by 27 numbers. To read a log without one: autombw recover --log ${file}`,
    );
  }
  return fromRecipe(recipe, `the recipe ${file}, in ${recipe.order} order`);
}

export function fromRecipe(
  { weights, modelA, modelB, modelO, positionIdFix, outputMode }: Recipe,
  origin: string,
): FoundWeights {
  return {
    weights,
    origin,
    models: { a: modelA, b: modelB },
    sha256: {},
    ...(modelO === undefined || modelO === '' ? {} : { name: modelO }),
    ...(outputMode !== '' && { outputMode }),
    ...(/fix/i.test(positionIdFix) ? { positionIds: 'fix' as const } : {}),
  };
}
