/** What does not change of the blocks of a run. */
import path from 'node:path';
import { describeBlock } from '../../architectures/block-words.ts';
import { isArchitecture } from '../../architectures/registry.ts';
import { unetParameters } from '../../architectures/unet-parameters.ts';
import { blockParameters } from '../../checkpoints/block-parameters.ts';
import { localPath } from '../../checkpoints/local-path.ts';
import type { SearchPlan } from '../../journal/record.ts';
import { isExpected } from '../../shared/errors.ts';
import { isReadFailure } from '../../shared/files/read-file.ts';
import { blocksOfSpace } from '../../space/space.ts';
import type { PageBlockFacts } from './state.ts';

export function blockFacts(plan: SearchPlan): PageBlockFacts[] {
  const { architecture } = plan.space;
  const blocks = isArchitecture(architecture)
    ? blocksOfSpace(plan.space)
    : [...plan.space.dimensions.flatMap((one) => one.blocks), ...Object.keys(plan.space.fixed)];
  const parameters = parametersOf(plan, blocks);
  return blocks.map((block) => ({
    block,
    ...describeBlock(block, architecture),
    parameters: parameters?.[block] ?? null,
    ...movesOf(plan, block),
  }));
}

type Moves = Pick<PageBlockFacts, 'moves' | 'others' | 'low' | 'high' | 'step'>;

function movesOf({ space }: SearchPlan, block: string): Moves {
  const { dimensions, fixed, curves = [] } = space;
  const curve = curves.find(({ blocks }) => blocks.some((place) => place.includes(block)));
  if (curve !== undefined) {
    const [{ low, high } = { low: 0, high: 1 }] = dimensions.filter(({ knot }) => knot?.curve === curve.name);
    return { moves: 'curve', others: [], low, high, step: 0 };
  }
  const own = dimensions.find(({ blocks, knot }) => knot === undefined && blocks.includes(block));
  if (own === undefined) {
    const weight = fixed[block] ?? 0;
    return { moves: 'fixed', others: [], low: weight, high: weight, step: 0 };
  }
  const { low, high, intervals, share } = own;
  const others = own.blocks.filter((other) => other !== block);
  // As weights of the grid are rounded.
  const step =
    // Steps of shares are unequal as weights.
    share !== undefined || intervals === 0 ? 0 : Math.round(((high - low) / intervals) * 1e8) / 1e8;
  return { moves: others.length > 0 ? 'together' : 'alone', others, low, high, step };
}

/** Of model A's file where it lies on this machine, or else of the family; undefined where neither tells. */
function parametersOf(
  { server, config, space: { architecture } }: SearchPlan,
  blocks: readonly string[],
): Readonly<Record<string, number>> | undefined {
  const { path: served, file } = server?.modelA ?? {};
  const named = served ?? file;
  // Without a folder, a bare name would be looked for wherever this process happens to be.
  const isFindable = named !== undefined && (config.modelsDir !== undefined || path.isAbsolute(named));
  const here = isFindable ? localPath(named, config.modelsDir) : undefined;
  try {
    const counted =
      here === undefined || !isArchitecture(architecture)
        ? undefined
        : blockParameters(here, architecture, blocks);
    if (counted !== undefined) return counted;
  } catch (error) {
    // It may be another file by now, or none: the family is asked then.
    if (!isExpected(error) && !isReadFailure(error)) throw error;
  }
  return unetParameters(architecture);
}
