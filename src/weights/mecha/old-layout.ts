/**
 * Block weights of sd-mecha 0.0: `sd1_unet_block_in0`, `sdxl_txt2_default`. What several blocks share (`time_embed`) has the mean of those that are
 * given, what has no weight stays model A's, and the VAE always does. Source: `hypers.py` and the architectures of sd-mecha 0.0.29.
 */
import type { BlockName } from '../../architectures/architecture.ts';
import { partBlocksOf } from '../../architectures/registry.ts';
import { BadLine } from '../../formats/mecha/instructions.ts';
import { didYouMean } from '../../shared/nearest-name.ts';
import type { MechaLayout } from './layouts.ts';
import type { Spread } from './spread.ts';

/** One weight for all: the VAE is passed through all the same. */
export function ofOldNumber(weight: number, { config }: MechaLayout): Spread<number> {
  return { layout: config, rest: weight, at: new Map([['VAE', 0]]) };
}

/** @throws BadLine for a name that is none of its blocks */
export function ofOldBlocks(weights: ReadonlyMap<string, number>, layout: MechaLayout): Spread<number> {
  const { architecture } = layout;
  const units = oldUnits(layout);
  const known = new Set(units.flatMap(({ component, blocks }) => [...blocks, `${component}_default`]));
  const names = [...known].map((name) => `${architecture}_${name}`);
  const unknown = [...weights.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new BadLine(
      `There is no block "${unknown}" in sd-mecha's ${architecture}.${didYouMean(unknown, names)}`,
    );
  }
  const weightOf = (name: string): number | undefined => weights.get(`${architecture}_${name}`);
  const at = units.map(({ unit, component, blocks }): [BlockName, number] => {
    const given = blocks.map(weightOf).filter((weight) => weight !== undefined);
    const mean = given.reduce((sum, weight) => sum + weight, 0) / given.length;
    const instead = blocks.length === 0 ? 0 : (weightOf(`${component}_default`) ?? 0);
    return [unit, given.length > 0 ? mean : instead];
  });
  return { layout: layout.config, rest: 0, at: new Map(at) };
}

interface OldUnit {
  readonly unit: BlockName;
  readonly component: 'unet' | 'txt' | 'txt2';
  /** Without the family in front. */
  readonly blocks: readonly string[];
}

function oldUnits({ architecture, blocks, follows }: MechaLayout): OldUnit[] {
  const unet = blocks.flatMap((name) => oldName(name) ?? []);
  // The first block of each level only changes the size of the image, and is not told the time.
  const timed = unet.filter((name) => !/_in[0369]$/.test(name));
  const numbered = blocks.flatMap((unit): OldUnit[] => {
    const name = oldName(unit);
    return name === undefined ? [] : [{ unit, component: 'unet', blocks: [name] }];
  });
  const last = oldName(follows['OUT'] ?? '') ?? '';
  return [
    ...numbered,
    { unit: 'OUT', component: 'unet', blocks: [last] },
    { unit: 'TIME_EMBED', component: 'unet', blocks: timed },
    { unit: 'LABEL_EMB', component: 'unet', blocks: [] },
    ...partBlocksOf(architecture).flatMap(({ name, depth }) =>
      depth.length === 0 ? [] : encoderUnits(name, depth),
    ),
  ];
}

/** The embedding goes with the first layer, what comes behind the layers with the last. */
function encoderUnits(encoder: BlockName, depth: readonly BlockName[]): OldUnit[] {
  const component = encoder === 'CLIP_G' ? 'txt2' : 'txt';
  const unit = (name: BlockName, number: number): OldUnit => ({
    unit: name,
    component,
    blocks: [`${component}_block_in${number}`],
  });
  const last = depth.length - 1;
  return [
    ...depth.map((name, number) => unit(name, number)),
    unit(`${encoder}.embedding`, 0),
    unit(`${encoder}.final`, last),
    ...(component === 'txt2' ? [unit(`${encoder}.projection`, last)] : []),
  ];
}

function oldName(block: BlockName): string | undefined {
  if (block === 'M00') return 'unet_block_mid';
  const [, side, digits] = /^(IN|OUT)(\d\d)$/.exec(block) ?? [];
  return side === undefined ? undefined : `unet_block_${side.toLowerCase()}${Number(digits)}`;
}
