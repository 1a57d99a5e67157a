/** The field's `<model O>.recipe.txt`, and the same recipe inside a merged checkpoint. */
import { eachLine } from '../shared/files/lines.ts';
import { type BlockWeights } from '../space/blocks.ts';
import { weightsFromList, weightsToList } from '../architectures/sd-lists.ts';
import { pythonFloat } from './python-float.ts';

/** The order in which a recipe's list was read: `legacy` is the first extension's, with OUT and TIME_EMBED swapped. */
export type RecipeOrder = 'recipe' | 'legacy';

export interface Recipe {
  /** File name or path, as written. */
  readonly modelA: string;
  readonly modelB: string;
  /** Name of the merged model; early files do not have it. */
  readonly modelO?: string;
  readonly positionIdFix: string;
  readonly outputMode: string;
  readonly weights: BlockWeights;
  /** How the list was read. Writing always uses `recipe`. */
  readonly order: RecipeOrder;
}

/** The literal that the fork stores beside the weights. */
const WEIGHTS_SEQUENCE = '[*sl_INPUT, *sl_MID, *sl_OUTPUT, sl_OUT, sl_TIME_EMBED]';

const KEY_LINE = /^\s*(\w+)=(.*)$/;
/** No line of a recipe is longer, and a pattern may not be handed a whole file that has no line breaks. */
const LONGEST = 4096;
const LIST_LINE = /^\s*\[?[-+\d.eE\s]+(?:,[-+\d.eE\s]+)+\]?\s*$/;

/**
 * Reads a recipe and stops at its weights line: users append console logs below. Takes a BOM, CRLF, blank lines,
 * any order of the keys, and files without `modelO`.
 * @returns undefined when the text is no recipe, or its list does not have 27 numbers
 */
export function parseRecipe(text: string, order: RecipeOrder = 'recipe'): Recipe | undefined {
  const values = new Map<string, string>();
  // One after another, because the log below a recipe may be large and is none of our business.
  for (const line of eachLine(text)) {
    if (line.trim() === '') continue;
    if (line.length > LONGEST) return undefined;
    if (LIST_LINE.test(line)) return assemble(values, line, order);
    const [, key, value] = KEY_LINE.exec(line) ?? [];
    if (key === undefined || value === undefined) return undefined;
    values.set(key, value.trim());
  }
  return undefined;
}

/** The text of a recipe file: five keys (four without `modelO`), then 27 numbers in recipe order. */
export function formatRecipe(recipe: Recipe): string {
  return [
    `modelA=${recipe.modelA}`,
    `modelB=${recipe.modelB}`,
    ...(recipe.modelO === undefined ? [] : [`modelO=${recipe.modelO}`]),
    `position_id_fix=${recipe.positionIdFix}`,
    `output_mode=${recipe.outputMode}`,
    formatList(recipe.weights),
    '',
  ].join('\n');
}

/** What a merged checkpoint keeps, as JSON text, under `sd_mbwrt_recipe` in its `__metadata__`. */
export interface RecipeMetadata {
  readonly type: 'auto-mbw-rt';
  readonly modelA: string;
  readonly modelB: string;
  readonly modelO: string;
  readonly position_id_fix: string;
  readonly output_mode: string;
  /** 27 numbers in recipe order, joined by commas. */
  readonly mbwrt_weights: string;
  readonly mbwrt_weights_seq: string;
}

/** The object to be stored as JSON text under `sd_mbwrt_recipe`. */
export function recipeMetadata(recipe: Recipe): RecipeMetadata {
  return {
    type: 'auto-mbw-rt',
    modelA: recipe.modelA,
    modelB: recipe.modelB,
    modelO: recipe.modelO ?? '',
    position_id_fix: recipe.positionIdFix,
    output_mode: recipe.outputMode,
    mbwrt_weights: formatList(recipe.weights),
    mbwrt_weights_seq: WEIGHTS_SEQUENCE,
  };
}

function assemble(values: ReadonlyMap<string, string>, list: string, order: RecipeOrder): Recipe | undefined {
  const modelA = values.get('modelA');
  const modelB = values.get('modelB');
  const modelO = values.get('modelO');
  const cells = list.replace(/[[\]]/g, '').split(',');
  const numbers = cells.map((cell) => (cell.trim() === '' ? Number.NaN : Number(cell)));
  if (modelA === undefined || modelB === undefined) return undefined;
  if (numbers.length !== 27 || !numbers.every(Number.isFinite)) return undefined;
  return {
    modelA,
    modelB,
    ...(modelO === undefined ? {} : { modelO }),
    positionIdFix: values.get('position_id_fix') ?? 'Keep Original',
    outputMode: values.get('output_mode') ?? 'Max Precision',
    weights: inSearchOrder(weightsFromList(numbers, order)),
    order,
  };
}

/** Equal weights are to be equal as text too, wherever they were read. */
function inSearchOrder(weights: BlockWeights): BlockWeights {
  return weightsFromList(weightsToList(weights, 'search'), 'search');
}

function formatList(weights: BlockWeights): string {
  return weightsToList(weights, 'recipe').map(pythonFloat).join(',');
}
