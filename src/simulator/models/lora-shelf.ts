/** The LoRA files of a server, and what they do to a model. */
import { WEIGHT_ORDERS } from '../../architectures/sd-lists.ts';
import type { Architecture, BlockName } from '../../space/blocks.ts';
import { blockOfKey } from './blocks.ts';
import { partOf } from './state-dict.ts';
import type { StateDict, Tensor } from './state-dict.ts';

/** A LoRA file. It moves the first model's UNet, in the blocks that it has, and its text encoder. */
export interface LoraDefinition {
  readonly name: string;
  /** As the file calls itself; its name unless given. */
  readonly alias?: string;
  /** The UNet that it moves towards, as in `ModelDefinition`; its own name unless given, that is: a stranger. */
  readonly unet?: string;
  /** A LyCORIS has all blocks but OUT and TIME_EMBED, a plain LoRA (the default) those with attention. */
  readonly kind?: 'lora' | 'lycoris';
  /** 12 hex digits; derived from the name unless given. */
  readonly hash?: string;
  /** The trainer's `ss_*` fields. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

interface Origin {
  /** What a LoRA was trained on. */
  readonly from: StateDict;
  readonly towards: (unet: string, textEncoder: string) => StateDict;
}

export class LoraShelf {
  readonly #definitions: readonly LoraDefinition[];
  readonly #architecture: Architecture;
  readonly #origin: Origin;

  constructor(definitions: readonly LoraDefinition[], architecture: Architecture, origin: Origin) {
    this.#definitions = definitions;
    this.#architecture = architecture;
    this.#origin = origin;
  }

  /** As `/sdapi/v1/loras` lists them. */
  list(): Record<string, unknown>[] {
    return this.#definitions.map(({ name, alias = name, metadata = {} }) => ({
      name,
      alias,
      path: `/webui/models/Lora/${name}.safetensors`,
      metadata,
    }));
  }

  /** As ComfyUI lists them. */
  files(): string[] {
    return this.#definitions.map(({ name }) => `${name}.safetensors`).sort();
  }

  find(name: string): LoraDefinition | undefined {
    return this.#definitions.find((one) => one.name === name || one.alias === name);
  }

  /** `model + share (towards - from)` in the blocks of the LoRA, and the same for the text encoder. */
  apply(
    model: StateDict,
    { name, unet = name, kind = 'lora' }: LoraDefinition,
    shareOf: (block: BlockName) => number,
  ): StateDict {
    const own = new Set<BlockName>(kind === 'lora' ? BLOCKS_WITH_ATTENTION : WEIGHT_ORDERS.preset);
    const towards = this.#origin.towards(unet, `lora ${name}`);
    const moved = new Map(model);
    for (const [key, tensor] of model) {
      const block = partOf(key) === 'text-encoder' ? 'BASE' : blockOfKey(key, this.#architecture);
      if (block === undefined || (block !== 'BASE' && !own.has(block))) continue;
      const [from, to] = [this.#origin.from.get(key), towards.get(key)];
      const share = shareOf(block);
      if (share !== 0 && from !== undefined && to !== undefined)
        moved.set(key, shifted(tensor, from, to, share));
    }
    return moved;
  }
}

const BLOCKS_WITH_ATTENTION: readonly BlockName[] = WEIGHT_ORDERS.preset.filter(
  (block) => !['IN00', 'IN03', 'IN06', 'IN09', 'IN10', 'IN11', 'OUT00', 'OUT01', 'OUT02'].includes(block),
);

function shifted(tensor: Tensor, from: Tensor, to: Tensor, share: number): Tensor {
  const data = tensor.data.map((value, i) => value + share * ((to.data[i] ?? 0) - (from.data[i] ?? 0)));
  return { shape: tensor.shape, data };
}
