/**
 * The tag of a searched LoRA: `<lora:name:0.7>` for the whole; `<lora:name:0.7:0.3>` with a strength for the text encoder and one for
 * the network; with a list of strengths by block, `<lora:name:1:lbw=0.2,1,…>`, where blocks of the network differ. Which of them follows
 * from what is searched and not from its values, so that the check before a run proves the tags of all iterations.
 */
import {
  loraBlocksOf,
  splitLora,
  strengthsByBlock,
  type SearchedLora,
} from '../checkpoints/lora/searched-loras.ts';
import { BASE, type LoraWeights } from '../checkpoints/lora/block-weights.ts';
import type { Architecture } from '../space/blocks.ts';

export type TagForm = 'whole' | 'halves' | 'blocks';

/** @param names of everything of this LoRA that is searched, `detail`, `detail@IN*` … */
export function tagFormOf(names: readonly string[], architecture: Architecture): TagForm {
  const patterns = names.flatMap((name) => splitLora(name).pattern ?? []);
  if (patterns.length === 0) return 'whole';
  // A strength of its own for each shows what can differ.
  const parts = patterns.map((pattern, n) => [pattern, n + 1] as const);
  return isUniform(networkOf(strengthsByBlock({ strength: 0, parts }, architecture))) ? 'halves' : 'blocks';
}

/** @param name as the server calls it. @returns empty for a LoRA at 0 everywhere: then it is not loaded, and its trigger is not in the way */
export function loraTag(
  name: string,
  lora: Pick<SearchedLora, 'strength' | 'parts'>,
  form: TagForm,
  architecture: Architecture,
): string {
  const strengths = strengthsByBlock(lora, architecture);
  if (Object.values(strengths).every((strength) => strength === 0)) return '';
  const { [BASE]: base = 0 } = strengths;
  const [network = 0] = networkOf(strengths);
  if (form === 'whole') return `<lora:${name}:${decimal(base)}>`;
  if (form === 'halves') return `<lora:${name}:${decimal(base)}:${decimal(network)}>`;
  const list = loraBlocksOf(architecture).map((block) => strengths[block] ?? 0);
  const factor = factorOf(list);
  return `<lora:${name}:${decimal(factor)}:lbw=${list.map((strength) => decimal(strength / factor)).join(',')}>`;
}

/** The list of the extension was seen to work from 0 to 1: what goes beyond is said before it, as far as all have one sign. */
function factorOf(list: readonly number[]): number {
  if (list.every((strength) => strength >= 0 && strength <= 1)) return 1;
  return list.reduce((most, strength) => (Math.abs(strength) > Math.abs(most) ? strength : most), 0);
}

/** Of every block that a pattern may mean, and of the others. */
function networkOf(strengths: LoraWeights): number[] {
  return Object.entries(strengths).flatMap(([block, strength]) => (block === BASE ? [] : [strength]));
}

function isUniform(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}

/** Six digits keep powers of ten (1e-7) out of the text. */
function decimal(value: number): number {
  return Number(value.toFixed(6));
}
