/** Weights from a text file: a recipe, bayesian-merger's best.log, or nothing but a list. */
import { afterColon } from '../shared/after-colon.ts';
import { isExpected, usageError } from '../shared/errors.ts';
import { parseRecipe } from '../formats/recipe.ts';
import { eachLine } from '../shared/files/lines.ts';
import type { FoundWeights } from './weights-source.ts';
import { fromMbw, looksLikeList, parseNumbers, readList, type NamedList } from './list.ts';
import { fromRecipe } from './recipe-file.ts';
import { readGivenText } from '../shared/files/given-text.ts';

/**
 * @param order of a list; told by its length when left out
 * @throws usage errors `recipe-unreadable`, `recipe-invalid`, and those of lists, the file's name in front
 */
export async function readTextWeights(file: string, order?: NamedList): Promise<FoundWeights> {
  const text = await readGivenText(file, 'The file', 'recipe-unreadable');
  const recipe = parseRecipe(text, order === 'legacy' ? 'legacy' : 'recipe');
  if (recipe !== undefined) {
    if (order === undefined || order === recipe.order)
      return fromRecipe(recipe, `the recipe ${file}, in ${recipe.order} order`);
    throw usageError(
      'weights-order',
      `${file} is a recipe, which is never in ${order} order: use ${file}, or legacy:${file}.`,
    );
  }
  const lines = firstLines(text);
  try {
    const best = parseBestLog(lines);
    if (best !== undefined)
      return { ...best, isBaseForAllElse: true, origin: `the best.log of bayesian-merger ${file}` };
    const [first] = lines;
    if (first !== undefined && lines.length === 1 && first.length <= LONGEST_LIST && looksLikeList(first)) {
      const found = readList(first, order);
      return { ...found, origin: `${found.origin}, of ${file}` };
    }
  } catch (cause) {
    if (!isExpected(cause)) throw cause;
    throw usageError(cause.code, `${file}: ${afterColon(cause.message)}`, { cause });
  }
  throw usageError(
    'recipe-invalid',
    `${file} does not contain weights: it is not a recipe (modelA=…, modelB=…, 27 numbers), a line of numbers or a best.log of bayesian-merger. To read a log: autombw recover --log ${file}`,
  );
}

/** Characters: 27 numbers of any length. */
const LONGEST_LIST = 100_000;

function firstLines(text: string): string[] {
  const lines: string[] = [];
  for (const line of eachLine(text)) {
    if (line.trim() !== '') lines.push(line.trim());
    if (lines.length >= 50) break;
  }
  return lines;
}

/** For each of alpha and beta: a base on a line of its own, and 25 numbers below it. Beta belongs to other methods. */
function parseBestLog([base, list]: readonly string[]): Omit<FoundWeights, 'origin'> | undefined {
  if (base === undefined || list === undefined || !looksLikeList(list)) return undefined;
  const [alpha, ...rest] = parseNumbers(base);
  if (alpha === undefined || rest.length > 0 || Number.isNaN(alpha)) return undefined;
  return fromMbw([alpha, ...parseNumbers(list)]);
}
