/** LoRA files and the tags that call them: `<lora:name:1>`, with the share of each block where an extension says so. */
import { createHash } from 'node:crypto';
import { WEIGHT_ORDERS } from '../../architectures/sd-lists.ts';
import type { Architecture, BlockName } from '../../space/blocks.ts';
import { blockOfKey } from '../models/blocks.ts';
import { partOf } from '../models/state-dict.ts';
import type { StateDict, Tensor } from '../models/state-dict.ts';
import type { LoraDefinition } from '../options.ts';

/** A tag of the prompt, taken apart at its colons. */
export interface LoraTag {
  readonly name: string;
  /** After the name: multipliers, and what is no number. */
  readonly positional: readonly string[];
  readonly named: ReadonlyMap<string, string>;
}

/** BASE is the text encoder's part. A block that is missing is left out of the LoRA. */
export interface LoraShares {
  readonly shares: ReadonlyMap<BlockName, number>;
  /** The LoRA is not named under the image. */
  readonly isSilent: boolean;
}

/** What the tags of one prompt do. */
export interface Networks {
  /** Without the tags. */
  readonly prompt: string;
  /** Another text for other tags. */
  readonly key: string;
  readonly notes: ReadonlyMap<string, unknown>;
  applyTo(model: StateDict): StateDict;
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

/** @param sharesOf what extensions make of a tag; the whole LoRA where they say nothing */
export function readNetworks(
  shelf: LoraShelf,
  prompt: string,
  sharesOf: (tag: LoraTag) => LoraShares | undefined,
): Networks {
  const texts = [...prompt.matchAll(TAG)].map(([, inside = '']) => inside);
  const uses = texts.map(parseTag).flatMap((tag) => {
    const lora = shelf.find(tag.name);
    if (lora === undefined) return [];
    const weighed = sharesOf(tag);
    const [textEncoder = 1, unet = textEncoder] = tag.positional.map(Number).filter(Number.isFinite);
    const shareOf = (block: BlockName): number =>
      (block === 'BASE' ? textEncoder : unet) *
      (weighed === undefined ? 1 : (weighed.shares.get(block) ?? 0));
    return [{ lora, shareOf, isSilent: weighed?.isSilent === true }];
  });
  const hashes = uses
    .filter(({ isSilent }) => !isSilent)
    .map(({ lora }) => `${lora.name}: ${lora.hash ?? hashOf(lora.name)}`);
  const done = new WeakMap<StateDict, StateDict>();
  return {
    prompt: texts.length === 0 ? prompt : prompt.replaceAll(TAG, '').trim(),
    key: texts.join('\n'),
    notes: new Map(hashes.length === 0 ? [] : [['Lora hashes', hashes.join(', ')]]),
    applyTo(model) {
      if (uses.length === 0) return model;
      const known = done.get(model);
      if (known !== undefined) return known;
      const applied = uses.reduce((moved, { lora, shareOf }) => shelf.apply(moved, lora, shareOf), model);
      done.set(model, applied);
      return applied;
    },
  };
}

const TAG = /<lora:([^>]+)>/gu;

const BLOCKS_WITH_ATTENTION: readonly BlockName[] = WEIGHT_ORDERS.preset.filter(
  (block) => !['IN00', 'IN03', 'IN06', 'IN09', 'IN10', 'IN11', 'OUT00', 'OUT01', 'OUT02'].includes(block),
);

function parseTag(inside: string): LoraTag {
  const [name = '', ...rest] = inside.split(':');
  const isNamed = (part: string): boolean => part.includes('=');
  return {
    name,
    positional: rest.filter((part) => !isNamed(part)),
    named: new Map(
      rest
        .filter(isNamed)
        .map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
    ),
  };
}

function shifted(tensor: Tensor, from: Tensor, to: Tensor, share: number): Tensor {
  const data = tensor.data.map((value, i) => value + share * ((to.data[i] ?? 0) - (from.data[i] ?? 0)));
  return { shape: tensor.shape, data };
}

function hashOf(name: string): string {
  return createHash('sha256').update(`lora|${name}`).digest('hex').slice(0, 12);
}
