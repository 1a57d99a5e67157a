/**
 * lora-block-weight (2025-06): a share for each block of a LoRA, in the tag. A tag that it cannot read is taken for the
 * whole LoRA, in silence. It keeps nothing.
 */
import { WEIGHT_ORDERS } from '../../../architectures/sd-lists.ts';
import type { BlockName } from '../../../space/blocks.ts';
import ARGS from '../data/lora-block-weight.json' with { type: 'json' };
import type { LoraShares, LoraTag } from '../loras.ts';
import type { AlwaysOnScript, WebuiExtension } from './extension.ts';

/** A block, or BASE. */
type Place = BlockName;

export function loraBlockWeight(): WebuiExtension {
  return {
    folder: 'sd-webui-lora-block-weight',
    script: (): AlwaysOnScript => ({ name: 'lora block weight', args: ARGS }),
    weighLora([presets, isOn], tag) {
      return isOn === true ? sharesIn(tag, presetsIn(presets)) : undefined;
    },
  };
}

function sharesIn(
  { named, positional }: LoraTag,
  presets: ReadonlyMap<string, string>,
): LoraShares | undefined {
  const bare = positional.find((part) => part.includes(',') || presets.has(part));
  const word = named.get('lbw') ?? bare;
  if (word === undefined) return undefined;
  const numbers = (presets.get(word) ?? word).split(',').map(readNumber);
  const places = PLACES.find(({ length }) => length === numbers.length);
  if (places === undefined || numbers.some(Number.isNaN)) return undefined;
  return {
    shares: new Map(places.map((place, i) => [place, numbers[i] ?? 0])),
    isSilent: !named.has('lbw'),
  };
}

/** `NAME:1,0,…` a line. */
function presetsIn(lines: unknown): ReadonlyMap<string, string> {
  const pairs = String(lines)
    .split('\n')
    .map((line) => line.split(':'));
  return new Map(pairs.map(([name = '', list = '']) => [name, list]));
}

function readNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** By their number; the lists that the extension knows for SD1 and SDXL. */
const PLACES: readonly (readonly Place[])[] = [
  'BASE IN04 IN05 IN07 IN08 M00 OUT00 OUT01 OUT02 OUT03 OUT04 OUT05',
  'BASE IN01 IN02 IN04 IN05 IN07 IN08 M00 OUT03 OUT04 OUT05 OUT06 OUT07 OUT08 OUT09 OUT10 OUT11',
  'BASE IN00 IN01 IN02 IN03 IN04 IN05 IN06 IN07 IN08 M00 OUT00 OUT01 OUT02 OUT03 OUT04 OUT05 OUT06 OUT07 OUT08',
  `BASE ${WEIGHT_ORDERS.preset.join(' ')}`,
].map((names) => names.split(' ').filter(isPlace));

function isPlace(name: string): name is Place {
  return name === 'BASE' || WEIGHT_ORDERS.preset.includes(name);
}
