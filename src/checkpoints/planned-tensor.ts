/** What a merge or bake writes for one tensor. */
import type { BlockName } from '../architectures/architecture.ts';
import type { Tensor } from '../shared/safetensors/header.ts';
import type { TensorJob } from './kernel/job.ts';

/** A tensor of the output; `job.offset` counts from the start of the data section. */
export interface PlannedTensor extends Pick<Tensor, 'name' | 'stored' | 'dtype' | 'shape' | 'begin' | 'end'> {
  readonly block: BlockName | undefined;
  readonly job: TensorJob;
}

/** A tensor that has no place in the output yet. */
export type Draft = Pick<PlannedTensor, 'name' | 'stored' | 'dtype' | 'shape' | 'job'>;
