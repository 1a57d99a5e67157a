/** The tags that call LoRA files: `<lora:name:1>`, with the share of each block where an extension says so. */
import { createHash } from 'node:crypto';
import type { BlockName } from '../../space/blocks.ts';
import type { LoraShelf } from '../models/lora-shelf.ts';
import type { StateDict } from '../models/state-dict.ts';

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

function hashOf(name: string): string {
  return createHash('sha256').update(`lora|${name}`).digest('hex').slice(0, 12);
}
