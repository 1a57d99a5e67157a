/**
 * Lists of block weights as the tools of the field write them, without names. How many numbers there are tells which tool
 * wrote them, and for which models.
 */
import { usageError } from '../shared/errors.ts';
import type { Architecture, BlockName, BlockWeights } from '../architectures/architecture.ts';
import { FOLLOWERS, LORA_LISTS, WEIGHT_ORDERS } from '../architectures/sd-lists.ts';
import { sdxl } from '../architectures/sdxl.ts';

export interface FieldList {
  readonly weights: BlockWeights;
  /** In words, for the origin of weights. */
  readonly layout: string;
  /** Weight of the text encoders: BASE. */
  readonly baseAlpha?: number;
  /** Weight of the VAE, in lists that set it apart from BASE. */
  readonly vaeWeight?: number;
  /** The models that have those blocks, where it is not all. */
  readonly architectures?: readonly Architecture[];
  /** Some weights are not of the list: they follow others, as the list's tools merge. */
  readonly follows?: true;
  /** Blocks that a LoRA has; a checkpoint has more. */
  readonly isLora?: true;
}

interface Layout {
  /** Blocks, BASE and VAE. */
  readonly places: readonly string[];
  readonly layout: string;
  readonly architectures?: readonly Architecture[];
  readonly isLora?: true;
  /** Blocks without a number of their own, and what those tools merge there. */
  readonly follow?: Readonly<Record<BlockName, BlockName>>;
}

const CLASSIC = WEIGHT_ORDERS.preset;
const XL = sdxl.path;
const FOLLOW_XL = sdxl.lists?.followers ?? {};

const LAYOUTS: readonly Layout[] = [
  { places: CLASSIC, layout: 'preset order' },
  {
    places: ['BASE', ...CLASSIC],
    layout: 'the order of supermerger and merge-block-weighted, BASE in front',
    follow: FOLLOWERS,
  },
  { places: XL, layout: 'preset order for SDXL', architectures: ['sdxl'] },
  {
    places: ['BASE', ...XL],
    layout: 'the order for SDXL, BASE in front',
    architectures: ['sdxl'],
    follow: FOLLOW_XL,
  },
  {
    places: ['BASE', ...XL, 'VAE'],
    layout: 'the order of supermerger for SDXL, BASE in front and VAE behind',
    architectures: ['sdxl'],
    follow: FOLLOW_XL,
  },
  {
    places: ['BASE', ...LORA_LISTS[17]],
    layout: 'the order of lora-block-weight for a LoRA of SD1',
    architectures: ['sd1', 'sd2'],
    isLora: true,
  },
  {
    places: ['BASE', ...LORA_LISTS[12]],
    layout: 'the order of lora-block-weight for a LoRA of SDXL',
    architectures: ['sdxl'],
    isLora: true,
  },
];

/** Counts that mean something, but not for a model that has these blocks. */
const FOREIGN: Readonly<Record<number, string>> = {
  23: 'sd-optim writes 23 for SDXL, with TIME_EMBED, LABEL_EMBED, OUT_FINAL and ELSE, in the order of its configuration; write the 19 of IN00 to IN08, M00 and OUT00 to OUT08',
  27: '27 are in search or recipe order; say which',
  30: 'Chattiori-Model-Merger writes 30 for Anima (BASE, L00 to L27, VAE)',
  34: 'Chattiori-Model-Merger writes 34 for Z-Image (BASE, CONT, NOISE, L00 to L29, VAE)',
  57: '57 are the blocks of a Flux model (D00 to D18, S00 to S37)',
  61: 'supermerger writes 61 for Flux (CLIP, T5, IN, D00 to D18, S00 to S37, OUT)',
  110: 'supermerger writes 110 for SDXL in its extended form, one for every transformer layer; write the 20 of BASE and the blocks',
};

const KNOWN_COUNTS = '25 (IN00 to IN11, M00, OUT00 to OUT11) or 26 (BASE first)';
const XL_COUNTS =
  'for SDXL 19 (IN00 to IN08, M00, OUT00 to OUT08), 20 (BASE first) or 21 (BASE first, VAE last)';

/** Why a list of that many numbers is not read: the end of a sentence about what it must have. */
export function otherCount(count: number): string {
  const foreign = FOREIGN[count];
  return foreign === undefined ? '' : ` (${foreign})`;
}

/** What such lists have, for messages. */
export const FIELD_COUNTS: string = `${KNOWN_COUNTS}; ${XL_COUNTS}`;

/** @throws usage errors `weights-length`, `weights-not-finite` */
export function readFieldList(numbers: readonly number[]): FieldList {
  const layout = LAYOUTS.find(({ places }) => places.length === numbers.length);
  if (layout === undefined) {
    throw usageError(
      'weights-length',
      `A list of weights without an order must have ${FIELD_COUNTS}; got ${numbers.length}${otherCount(numbers.length)}.`,
    );
  }
  const { places, layout: words, architectures, isLora, follow = {} } = layout;
  const weights: Record<BlockName, number> = {};
  let baseAlpha: number | undefined;
  let vaeWeight: number | undefined;
  for (const [position, place] of places.entries()) {
    const value = numbers[position] ?? Number.NaN;
    if (!Number.isFinite(value)) {
      throw usageError(
        'weights-not-finite',
        `The weight of ${place} (number ${position + 1}) is ${value}, not a number.`,
      );
    }
    if (place === 'BASE') baseAlpha = value;
    else if (place === 'VAE') vaeWeight = value;
    else weights[place] = value;
  }
  for (const [name, leader] of Object.entries(follow)) weights[name] = weights[leader] ?? 0;
  return {
    weights,
    layout: words,
    ...(baseAlpha !== undefined && { baseAlpha }),
    ...(vaeWeight !== undefined && { vaeWeight }),
    ...(architectures !== undefined && { architectures }),
    ...(layout.follow !== undefined && { follows: true }),
    ...(isLora !== undefined && { isLora }),
  };
}
