/** What a merge was told beside the weights, in words. */
import { MODEL_LETTERS, type MergeRecipe } from '../../../checkpoints/metadata.ts';
import { hasModelOf } from '../../../checkpoints/methods/given-parameters.ts';
import { mergeMethodNames, parametersOf } from '../../../checkpoints/methods/registry.ts';
import { printable } from '../../../shared/safetensors/strict-json.ts';

/** "Parameters p 0.5 (IN04 0.3), seed 7" and "Adjusted by contrast 3"; nothing where there is nothing to tell. */
export function parameterLines({
  parameters = {},
  adjust = {},
  method,
  models,
}: Pick<MergeRecipe, 'parameters' | 'adjust' | 'method' | 'models'>): string[] {
  const merged = MODEL_LETTERS.filter((letter) => models[letter] !== undefined).length;
  // A newer autombw may know more methods.
  const known = mergeMethodNames().includes(method) ? parametersOf(method) : [];
  const idle = known.filter((parameter) => !hasModelOf(parameter, merged)).map(({ name }) => name);
  const told = Object.entries(parameters).filter(([name]) => !idle.includes(name));
  const all = told.map(([name, { value, blocks = {} }]) => {
    const own = Object.entries(blocks).map(([block, ofBlock]) => `${block} ${ofBlock}`);
    return `${name} ${value}${own.length === 0 ? '' : ` (${own.join(', ')})`}`;
  });
  const by = Object.entries(adjust).map(([name, value]) => `${name} ${value}`);
  return [
    ...(all.length === 0 ? [] : [printable(`Parameters ${all.join(', ')}`)]),
    ...(by.length === 0 ? [] : [`Adjusted by ${by.join(', ')}`]),
  ];
}
