/** What the merges are called that a search has to beat. Without a model B they are all that is searched, in full and at half. */
import { ADJUST_PREFIX, isParameterName, LORA_PREFIX } from './parameters.ts';
import type { BlockWeights } from '../architectures/architecture.ts';

/** Within a sentence. */
export interface BaselineWords {
  readonly A: string;
  readonly B: string;
  readonly half: string;
}

/** @param weights of the baseline B; undefined where they are not known: then it is taken for model B */
export function baselineWords(weights: BlockWeights | undefined): BaselineWords {
  const parameters = weights === undefined ? [] : inPlaceOfB(weights);
  if (parameters.length === 0) return { A: 'model A', B: 'model B', half: 'half of each' };
  const kinds = [
    ...(parameters.some((name) => name.startsWith(LORA_PREFIX)) ? ['LoRAs'] : []),
    ...(parameters.some((name) => name.startsWith(ADJUST_PREFIX)) ? ['adjustments'] : []),
  ];
  const all = `all ${kinds.join(' and ')}`;
  return { A: 'model A', B: `${all} at 1`, half: `${all} at 0.5` };
}

/** The baseline B in a word, for lines in plots. @param weights its own */
export function shortWordOfB(weights: BlockWeights): string {
  return inPlaceOfB(weights).length === 0 ? 'B' : 'full';
}

/** Without a model B, the baseline B is what is searched, in full: a result like any other. @param weights of the baseline B */
export function isWithoutModelB(weights: BlockWeights): boolean {
  return inPlaceOfB(weights).length > 0;
}

/** What is in full there although no block is merged; none where blocks are. */
function inPlaceOfB(weights: BlockWeights): string[] {
  const isMerged = Object.entries(weights).some(([name, value]) => !isParameterName(name) && value !== 0);
  const moving = Object.keys(weights).filter((name) => isParameterName(name) && weights[name] !== 0);
  return isMerged
    ? []
    : moving.filter((name) => name.startsWith(LORA_PREFIX) || name.startsWith(ADJUST_PREFIX));
}

interface SearchedSpace {
  readonly config: { readonly modelA?: unknown; readonly modelB?: unknown };
  readonly space: { readonly dimensions: readonly { readonly name: string; readonly parameter?: unknown }[] };
}

/** The same before anything is measured. */
export function plannedBaselineWords({ config: { modelA, modelB }, space }: SearchedSpace): BaselineWords {
  if (modelA !== modelB) return baselineWords(undefined);
  const searched = space.dimensions.filter(({ parameter }) => parameter !== undefined);
  return baselineWords(Object.fromEntries(searched.map(({ name }) => [name, 1])));
}
