/** What a method was told beside the weights, in words. */
import type { MergeRecipe } from '../../../checkpoints/metadata.ts';
import { printable } from '../../../shared/safetensors/strict-json.ts';

/** "p 0.5 (IN04 0.3), seed 7"; nothing where there is nothing to tell. */
export function parameterLines({ parameters = {} }: Pick<MergeRecipe, 'parameters'>): string[] {
  const all = Object.entries(parameters).map(([name, { value, blocks = {} }]) => {
    const own = Object.entries(blocks).map(([block, ofBlock]) => `${block} ${ofBlock}`);
    return `${name} ${value}${own.length === 0 ? '' : ` (${own.join(', ')})`}`;
  });
  return all.length === 0 ? [] : [printable(`Parameters ${all.join(', ')}`)];
}
