/** How the strengths of LoRAs that a search has found get into a checkpoint. */
import { activeLorasIn, loraArgument } from '../../checkpoints/lora/searched-loras.ts';
import type { BlockWeights } from '../../space/blocks.ts';

/** `--lora detail.safetensors:0.8`, one for each that is not at 0 everywhere; empty where there is none. */
export function bakeFlags(weights: BlockWeights): string {
  return activeLorasIn(weights)
    .map((lora) => {
      const { file, strength, parts = [] } = loraArgument(lora, `${lora.name}.safetensors`);
      const named = parts.map(([pattern, value]) => `${pattern}=${decimal(value)}`).join(',');
      const flag = [file, String(decimal(strength)), ...(named === '' ? [] : [named])].join(':');
      return `--lora ${/[\s"'$*]/.test(flag) ? `"${flag}"` : flag}`;
    })
    .join(' ');
}

function decimal(value: number): number {
  return Number(value.toFixed(6));
}
