import { elements, type LoraKind } from '../kind.ts';
import { addLowRank, measureProduct, measureTucker, product, tucker } from '../low-rank.ts';

/**
 * `up · down` (Hu et al. 2021), for convolutions too (LoCon); with `lora_mid` a Tucker decomposition, whose core has the
 * kernel. Alpha is divided by the number of rows of `down`.
 */
export const lora: LoraKind = {
  name: 'lora',
  parts: ['lora_up', 'lora_down', 'lora_mid'],
  title({ lora_down: down = [], lora_mid: mid }) {
    return mid !== undefined || elements(down, 2) > 1 ? 'LoCon' : 'LoRA';
  },
  measure({ lora_up: up, lora_down: down, lora_mid: mid }) {
    return mid === undefined ? measureProduct(up, down) : measureTucker(up, mid, down);
  },
  build({ lora_up: up, lora_down: down, lora_mid: mid }) {
    if (up === undefined || down === undefined) throw new Error('a LoRA has two parts');
    const factors = mid === undefined ? product(up, down) : tucker(up.data, mid, down);
    return { add: (...place) => addLowRank(factors, ...place) };
  },
};
