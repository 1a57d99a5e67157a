/**
 * `autombw/checkpoints`: reads, merges and bakes safetensors checkpoints on this machine. Nothing is asked of a server;
 * memory does not depend on the size of the models, and no file has its name before all of it is on the disk.
 *
 * ```js
 * import { mergeCheckpoints, uniformWeights } from 'autombw/checkpoints';
 *
 * await mergeCheckpoints({
 *   modelA: 'a.safetensors',
 *   modelB: 'b.safetensors',
 *   output: 'half.safetensors',
 *   weights: uniformWeights(0.5, 'sd1'),
 * });
 * ```
 */
// What a file is and holds.
export { inspectCheckpoint, type Inspection } from './inspect.ts';
export { openModel } from './companions/model-file.ts';
export type { CheckpointFile } from './checkpoint-file.ts';
export type { Tensor } from '../shared/safetensors/header.ts';
export type { MergeRecipe, ModelRole } from './metadata.ts';

// A merge: prepared without touching the disk, or written.
export {
  mergeCheckpoints,
  prepareMerge,
  type MergeResult,
  type MergeSettings,
  type MergeWatch,
  type PreparedMerge,
} from './merge.ts';
export {
  describeMethods,
  mergeMethodNames,
  parametersOf,
  type MethodDescription,
} from './methods/registry.ts';
export type { GivenParameter, GivenParameters } from './methods/given-parameters.ts';
export type { Parameter, ParameterValue } from './methods/parameter.ts';
export type { OutputType, PositionIds } from './plan.ts';
export type { NumberReport } from './numbers.ts';

// LoRAs baked into a model.
export { bakeLoras, prepareBake, type BakeResult, type BakeSettings, type PreparedBake } from './bake.ts';
export type { LoraArgument } from './lora/argument.ts';

// Block weights, as a merge takes them.
export {
  blocksOf,
  uniformWeights,
  type Architecture,
  type BlockName,
  type BlockWeights,
} from '../space/blocks.ts';
export { weightsFromList } from '../architectures/sd-lists.ts';

// What is thrown for files and settings that cannot be used.
export { AutombwError, isExpected } from '../shared/errors.ts';
