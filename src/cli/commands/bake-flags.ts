/** How the strengths of LoRAs that a search has found get into a checkpoint. */
import { LORA_PREFIX } from '../../space/parameters.ts';
import type { BlockWeights } from '../../space/blocks.ts';

/** `--lora detail.safetensors:0.8`, one for each that is not at 0; empty where there is none. */
export function bakeFlags(weights: BlockWeights): string {
  return Object.entries(weights)
    .filter(([name, strength]) => name.startsWith(LORA_PREFIX) && strength !== 0)
    .map(([name, strength]) => {
      const flag = `${name.slice(LORA_PREFIX.length)}.safetensors:${Number(strength.toFixed(6))}`;
      return `--lora ${/[\s"'$]/.test(flag) ? `"${flag}"` : flag}`;
    })
    .join(' ');
}
