/** Where the weights of a merge come from: a recipe, a list of numbers, or a run. */
import fs from 'node:fs';
import { usageError } from '../../../shared/errors.ts';
import { findJournal } from '../../../journal/find.ts';
import type { GivenAdjust } from '../../../checkpoints/adjust.ts';
import { WEIGHT } from '../../../checkpoints/methods/parameter.ts';
import { parametersOf } from '../../../checkpoints/methods/registry.ts';
import { LIST_LENGTH } from '../../../architectures/sd-lists.ts';
import { readCheckpointWeights } from '../../../weights/checkpoint.ts';
import type { FoundWeights, ListOrder } from '../../../weights/weights-source.ts';
import { parseNumbers, readList } from '../../../weights/list.ts';
import { splitNamed, uniformNumber } from '../../../weights/named.ts';
import { readWeights } from '../../../weights/read.ts';
import { readBlockJson } from '../../../weights/json-file.ts';
import { readMechaFile } from '../../../weights/mecha/read.ts';
import { readRecipeFile } from '../../../weights/recipe-file.ts';
import { readRunWeights } from '../../../weights/run.ts';

export interface WeightSource {
  /** With nothing else: its usual weight for every block. */
  readonly method?: string;
  readonly recipe?: string;
  readonly weights?: string;
  readonly order?: ListOrder;
  readonly run?: string;
  readonly iteration?: number;
  readonly modelB?: string;
  /** With nothing else, and without model B: model A itself is adjusted. */
  readonly adjust?: GivenAdjust;
}

/** @throws usage errors `method-unknown`, `weights-source`, `weights-order`, `recipe-unreadable`, `recipe-invalid`, `iteration-unknown`, `block-unknown`, and those of journals */
export async function findWeights(source: WeightSource): Promise<FoundWeights> {
  const given = [source.recipe, source.weights, source.run].filter((one) => one !== undefined);
  if (given.length === 0 && source.method !== undefined) return usualWeights(source.method);
  if (given.length === 0 && source.adjust !== undefined && source.modelB === undefined)
    return { weights: {}, models: {}, sha256: {}, origin: 'model A' };
  if (given.length !== 1) {
    throw usageError(
      'weights-source',
      `Give the weights once: --recipe FILE, --weights LIST with --order, or --run RUN (${given.length} were given).`,
    );
  }
  if (source.iteration !== undefined && source.run === undefined) {
    throw usageError('weights-source', `--iteration ${source.iteration} needs the --run it belongs to.`);
  }
  if (source.weights !== undefined) return fromNamed(source.weights, source.order);
  if (source.run !== undefined) {
    return readRunWeights(findJournal(source.run, '.'), { iteration: source.iteration, how: '--iteration' });
  }
  return fromRecipe(source.recipe ?? '', source.order);
}

/** A preset by name, or a list with its order in front. */
const NAMED = /^(?:search|recipe|legacy|preset|mbw):/;

/** A list or one number for all blocks, then single blocks by name: each part may be left out. */
async function fromNamed(text: string, order: ListOrder | undefined): Promise<FoundWeights> {
  if (/\.json$/i.test(text.trim()) && fs.existsSync(text.trim())) return readBlockJson(text.trim());
  const { rest, named, patterns } = splitNamed(text);
  const names = [...Object.keys(named), ...patterns.map(([pattern]) => pattern)];
  const uniform = order === undefined ? uniformNumber(rest) : undefined;
  if (uniform === undefined && rest.trim() !== '') {
    const found = await fromList(rest, order);
    if (names.length === 0) return found;
    const origin = `${found.origin}, and ${names.join(', ')} as given`;
    return { ...found, weights: { ...found.weights, ...named }, named: Object.keys(named), patterns, origin };
  }
  const weights = { weights: named, named: Object.keys(named), patterns, models: {}, sha256: {} };
  if (uniform === undefined) return { ...weights, origin: 'the names given' };
  const also = names.length === 0 ? '' : `, and ${names.join(', ')} as given`;
  return { ...weights, uniform, origin: `${uniform} for every block${also}` };
}

/** @throws usage error `method-unknown` */
async function usualWeights(method: string): Promise<FoundWeights> {
  const usual = parametersOf(method).find(({ name }) => name === WEIGHT)?.default;
  return { ...(await fromNamed(String(usual), undefined)), origin: `${method}: ${usual} for every block` };
}

async function fromList(list: string, order: ListOrder | undefined): Promise<FoundWeights> {
  if (order !== undefined) return readList(list, order);
  if (NAMED.test(list)) return readWeights(list, { folder: '.' });
  // Of other counts, the tools of the field know one order alone.
  if (parseNumbers(list).length !== LIST_LENGTH) return readList(list, undefined);
  throw usageError(
    'weights-order',
    'A list of weights needs an --order: search (CSV, console), recipe (recipe files), or legacy (recipes of the first extension).',
  );
}

async function fromRecipe(file: string, order: ListOrder | undefined): Promise<FoundWeights> {
  if (order === 'search') {
    throw usageError(
      'weights-order',
      'A recipe is never in search order: use --order recipe (the default) or legacy.',
    );
  }
  if (/\.json$/i.test(file)) return readBlockJson(file);
  if (/\.mecha$/i.test(file)) return readMechaFile(file);
  return file.endsWith('.safetensors') ? readCheckpointWeights(file, order) : readRecipeFile(file, order);
}
