/** All kinds of LoRA: one row each. Those that cannot be baked are known by a key, to be refused by their name. */
import type { LoraKind } from '../kind.ts';
import { full } from './full.ts';
import { loha } from './loha.ts';
import { lokr } from './lokr.ts';
import { lora } from './lora.ts';

const KINDS: readonly LoraKind[] = [lora, loha, lokr, full];

/** They change a weight by what the weight is, not by a sum, or things that are no weights. */
const REFUSED: readonly (readonly [key: RegExp, name: string])[] = [
  [/\.dora_scale$|\.lora_magnitude_vector(\.[\w-]+)?(\.weight)?$/, 'a DoRA'],
  [/\.(b?oft_(diag|blocks|R|S)|rescale)(\.|$)/, 'an OFT or BOFT'],
  [/\.[ab][12]\.weight$/, 'a GLoRA'],
  [/\.on_input$|\.ia3_l(\.|$)/, 'an IA3'],
  [/\.[wb]_norm$/, 'a LoRA with trained norm layers'],
];

/** The kind that has all these parts; undefined where none has. */
export function kindOfParts(parts: readonly string[]): LoraKind | undefined {
  return KINDS.find((kind) => parts.every((part) => kind.parts.includes(part)));
}

export function loraKind(name: string): LoraKind {
  const found = KINDS.find((kind) => kind.name === name);
  if (found === undefined) throw new Error(`there is no kind of LoRA ${name}`);
  return found;
}

/** What a key says about a file that cannot be baked. */
export function refusedKind(key: string): string | undefined {
  return REFUSED.find(([pattern]) => pattern.test(key))?.[1];
}
