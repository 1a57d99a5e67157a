/** The merge ways in the order in which `auto` tries them. */
import { usageError } from '../../../errors.ts';
import { didYouMean } from '../../../nearest-name.ts';
import { checkpointFiles } from './checkpoint.ts';
import { bayesianMerger } from './bayesian-merger.ts';
import { loraBlockWeight } from './lora-block-weight.ts';
import type { MergeWay } from './merge-way.ts';
import { modelMixer } from './model-mixer.ts';
import { runtimeBlockMerge } from './runtime-block-merge.ts';

const MERGE_WAYS: readonly MergeWay[] = [
  runtimeBlockMerge,
  modelMixer,
  bayesianMerger,
  checkpointFiles,
  loraBlockWeight,
];

/** @throws usage error `unknown-merge-way` */
export function mergeWaysFor(name: string): readonly [MergeWay, ...MergeWay[]] {
  const [first, ...others] = MERGE_WAYS.filter((way) => name === 'auto' || way.name === name);
  if (first !== undefined) return [first, ...others];
  const names = ['auto', ...MERGE_WAYS.map((way) => way.name)];
  throw usageError(
    'unknown-merge-way',
    `There is no merge way "${name}"; the choice is ${names.join(', ')}.${didYouMean(name, names)}`,
  );
}
