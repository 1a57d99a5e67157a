/** A word on searches of so many weights that fewer may do better. */
import { architectureRow } from '../architectures/registry.ts';
import type { SearchConfig } from '../config/schema.ts';
import { createSpace } from '../space/space.ts';
import type { LivePlan } from './live-plan.ts';
import type { WarmStart } from './warm-start.ts';

/** More than any UNet has. */
const MANY = 30;
const KNOTS = 4;

/** Undefined where the weights are few, or somebody has thought of it. */
export function hintOnManyWeights(
  config: SearchConfig,
  { space }: Pick<LivePlan, 'space'>,
  { base }: Pick<WarmStart, 'base'>,
): string | undefined {
  const { architecture, low, high, intervals, block, group, testGrouping, curve } = config;
  const all = space.dimensions.length;
  const isThoughtOf = curve.length > 0 || group.length > 0 || testGrouping > 1;
  if (all <= MANY || isThoughtOf || architectureRow(architecture).layout === undefined) return undefined;
  const curved = createSpace({
    architecture,
    low,
    high,
    intervals,
    blocks: block,
    base,
    curve: [String(KNOTS)],
  });
  const fewer = curved.dimensions.length;
  if (fewer >= all) return undefined;
  return `${all} weights are searched, one per block. If neighbouring blocks need similar weights, searching fewer is faster: --curve ${KNOTS} searches ${fewer}, --test-grouping lets neighbours share one.`;
}
