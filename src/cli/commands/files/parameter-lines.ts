/** What a merge was told beside the weights, in words. */
import type { MergeRecipe } from '../../../checkpoints/metadata.ts';
import { printable } from '../../../shared/safetensors/strict-json.ts';

/** "Parameters p 0.5 (IN04 0.3), seed 7" and "Adjusted by contrast 3"; nothing where there is nothing to tell. */
export function parameterLines({
  parameters = {},
  adjust = {},
}: Pick<MergeRecipe, 'parameters' | 'adjust'>): string[] {
  const all = Object.entries(parameters).map(([name, { value, blocks = {} }]) => {
    const own = Object.entries(blocks).map(([block, ofBlock]) => `${block} ${ofBlock}`);
    return `${name} ${value}${own.length === 0 ? '' : ` (${own.join(', ')})`}`;
  });
  const by = Object.entries(adjust).map(([name, value]) => `${name} ${value}`);
  return [
    ...(all.length === 0 ? [] : [printable(`Parameters ${all.join(', ')}`)]),
    ...(by.length === 0 ? [] : [`Adjusted by ${by.join(', ')}`]),
  ];
}
