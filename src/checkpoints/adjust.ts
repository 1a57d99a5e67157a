/**
 * Adjust: eight numbers that change how images of a model look, by the first layer of its UNet and the last two; no second model takes part.
 * A detail scales the weight of its layer by 1 - 0.01 f and the bias by 1 + 0.02 f; contrast, brightness and colours move the four channels
 * of the latent image that the last layer writes. Facts of sd-webui-supermerger (its "Adjust", `fineman`), whose order of the eight is the
 * one here: IN, OUT, OUT2, contrast, brightness, and the three colours.
 */
import type { Architecture } from '../architectures/architecture.ts';
import { withoutKinds } from '../architectures/kinds.ts';
import { architectureRow } from '../architectures/registry.ts';
import { usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import { titleOf, UNET } from './architecture.ts';
import type { CheckpointFile } from './checkpoint-file.ts';
import type { TensorAdjustment } from './kernel/adjust-values.ts';
import type { Draft } from './planned-tensor.ts';

export const ADJUST_NAMES = [
  'detail1',
  'detail2',
  'detail3',
  'contrast',
  'brightness',
  'red',
  'green',
  'blue',
] as const;
type AdjustName = (typeof ADJUST_NAMES)[number];

/** As given: by name, from -6 to 6 for details and from -10 to 10 for the others; 0 = unchanged, as is what is left out. */
export type GivenAdjust = Readonly<Record<string, number>>;
/** Without zeros, in the order of {@link ADJUST_NAMES}. */
export type Adjust = Readonly<Partial<Record<AdjustName, number>>>;

const FURTHEST_DETAIL = 6;
const FURTHEST = 10;
const CHANNELS = 4;
const STEP = 0.02;

/** What it scales, and by how much for each unit. */
const SCALED: readonly (readonly [tensor: string, name: AdjustName, each: number])[] = [
  ['input_blocks.0.0.weight', 'detail1', -0.01],
  ['input_blocks.0.0.bias', 'detail1', STEP],
  ['out.0.weight', 'detail2', -0.01],
  ['out.0.bias', 'detail2', STEP],
  ['out.2.weight', 'detail3', -0.01],
];
const MOVED = 'out.2.bias';
type Directions = Readonly<Partial<Record<AdjustName, readonly number[]>>>;
/** Channels of the latent image are other ones in SDXL. */
const DIRECTIONS: Directions = {
  contrast: [1, 0, 0, 0],
  brightness: [0, -1, 1 / 3, 2 / 3],
  red: [0, 1, 1, 0],
  green: [0, 0, -1, -1],
  blue: [0, 1, 0, 1],
};
const DIRECTIONS_SDXL: Directions = {
  contrast: [1, 0, 0, 0],
  brightness: [0, 0, 0, 1],
  red: [0, 1, 0, 0],
  green: [0, -1, -1, 0],
  blue: [0, -1, 1, 0],
};

/** From minus this to this. */
export function furthestAdjust(name: AdjustName): number {
  return name.startsWith('detail') ? FURTHEST_DETAIL : FURTHEST;
}

/** Of other families nobody knows which layers these would be. */
export function canAdjust(architecture: Architecture): boolean {
  return architectureRow(architecture).layout === undefined;
}

/** @throws usage errors `parameter-unknown`, `parameter-invalid` */
export function completeAdjust(given: GivenAdjust): Adjust {
  const unknown = Object.keys(given).find((name) => !ADJUST_NAMES.some((known) => known === name));
  if (unknown !== undefined) {
    throw usageError(
      'parameter-unknown',
      `"${unknown}" cannot be adjusted.${didYouMean(unknown, ADJUST_NAMES)} Choose from ${ADJUST_NAMES.join(', ')}.`,
    );
  }
  return Object.fromEntries(
    ADJUST_NAMES.flatMap((name) => {
      const value = given[name] ?? 0;
      const furthest = furthestAdjust(name);
      if (!(Math.abs(value) <= furthest)) {
        throw usageError(
          'parameter-invalid',
          `${name} can be adjusted from -${furthest} to ${furthest}, not by ${value}.`,
        );
      }
      return value === 0 ? [] : [[name, value]];
    }),
  );
}

/** What becomes of a tensor; undefined where it stays as it is. @param name in the model, with its prefix */
export function adjustmentOf(
  name: string,
  adjust: Adjust,
  architecture: Architecture,
): TensorAdjustment | undefined {
  if (!name.startsWith(UNET)) return undefined;
  const tensor = name.slice(UNET.length);
  if (tensor === MOVED) return moved(adjust, architecture);
  const scaled = SCALED.find(([scaledTensor]) => scaledTensor === tensor);
  if (scaled === undefined) return undefined;
  const [, by, each] = scaled;
  const value = adjust[by];
  return value === undefined ? undefined : { factor: 1 + each * value };
}

function moved(adjust: Adjust, architecture: Architecture): TensorAdjustment | undefined {
  const isXl = (withoutKinds(architecture) ?? architecture) === 'sdxl';
  const directions = Object.entries(isXl ? DIRECTIONS_SDXL : DIRECTIONS);
  const named: GivenAdjust = { ...adjust };
  if (directions.every(([name]) => named[name] === undefined)) return undefined;
  const addends = Array.from({ length: CHANNELS }, (_, channel) =>
    directions.reduce(
      (sum, [name, direction]) => sum + STEP * (named[name] ?? 0) * (direction[channel] ?? 0),
      0,
    ),
  );
  return { addends };
}

/** A tensor of the output with its adjustment, if it has one: then it is no copy any more. */
export function adjusted(draft: Draft, adjust: Adjust, architecture: Architecture): Draft {
  const adjustment = adjustmentOf(draft.name, adjust, architecture);
  if (adjustment === undefined) return draft;
  const { job } = draft;
  return { ...draft, job: { ...job, kind: job.kind === 'copy' ? 'convert' : job.kind, adjustment } };
}

/** @throws usage error `parameter-invalid` where the model lacks what is to be adjusted */
export function requireAdjustable(
  { path, byName }: CheckpointFile,
  adjust: Adjust,
  architecture: Architecture,
): void {
  const names = Object.keys(adjust);
  if (names.length === 0) return;
  if (!canAdjust(architecture)) {
    throw usageError(
      'parameter-invalid',
      `${path} is a model of ${titleOf(architecture)}, and only Stable Diffusion 1.x, 2.x and XL can be adjusted: leave out ${names.join(', ')}.`,
    );
  }
  const wanted = [...SCALED.map(([tensor]) => tensor), MOVED].map((tensor) => UNET + tensor);
  for (const name of wanted) {
    const adjustment = adjustmentOf(name, adjust, architecture);
    if (adjustment === undefined) continue;
    const tensor = byName.get(name);
    const isThere = tensor?.dtype.float !== undefined;
    if (isThere && (!('addends' in adjustment) || tensor.count === adjustment.addends.length)) continue;
    throw usageError(
      'parameter-invalid',
      `${path} cannot be adjusted by ${names.join(', ')}: it ${isThere ? `has ${tensor.count} numbers in ${name}, not ${CHANNELS}` : `lacks ${name}, or has no floats there`}. Leave them out.`,
    );
  }
}
