/** LoRA tags of a prompt: ComfyUI loads such files by nodes of their own, after the merge. */
import type { Catalog } from '../catalog.ts';
import { matchFile } from '../models.ts';
import { LORA_TAG } from './prompt-text.ts';
import { unsupported } from './refusal.ts';

export interface LoraUse {
  /** As the server names it. */
  readonly file: string;
  readonly textEncoder: number;
  readonly network: number;
}

/**
 * @param catalog undefined before the server is known: then names are not looked up
 * @throws usage error `payload-unsupported` for a name that the server lacks, or more than a strength
 */
export function lorasOf(payload: string, prompt: string, catalog: Catalog | undefined): readonly LoraUse[] {
  return [...prompt.matchAll(LORA_TAG)].map(([tag, inside = '']) => {
    const [name = '', first = '1', second = first, ...more] = inside.split(':').map((word) => word.trim());
    const [textEncoder = Number.NaN, network = Number.NaN] = [first, second].map((word) =>
      word === '' ? Number.NaN : Number(word),
    );
    if (more.length > 0 || ![textEncoder, network].every((value) => Math.abs(value) <= 100)) {
      throw unsupported(
        payload,
        'prompt',
        tag,
        'ComfyUI takes <lora:name:strength> with one number from -100 to 100, or two: one for the text encoder and one for the network.',
      );
    }
    const refuse = (problem: string): Error => unsupported(payload, 'prompt', tag, problem);
    const file = catalog === undefined ? name : matchFile(name, catalog.loras, refuse);
    return { file, textEncoder, network };
  });
}
