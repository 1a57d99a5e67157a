/** Which tensor of a model is changed by which LoRAs. Headers and alphas have been read, nothing is written. */
import type { Architecture } from '../space/blocks.ts';
import { architectureRow } from '../architectures/registry.ts';
import { takesLoras } from '../architectures/transformers/lora-names.ts';
import { usageError } from '../shared/errors.ts';
import { requireArchitecture, titleOf } from './architecture.ts';
import type { Addend } from './lora/addend.ts';
import type { LoraArgument } from './lora/argument.ts';
import { layersByName } from './lora/layers.ts';
import type { LoraFile } from './lora/lora-file.ts';
import { matchLora, type AppliedLora } from './lora/match.ts';
import { taken, type Draft, type PlainType, type PlannedTensor } from './plan.ts';
import type { Tensor } from '../shared/safetensors/header.ts';
import type { CheckpointFile } from './checkpoint-file.ts';

export interface BakeInput {
  readonly model: CheckpointFile;
  readonly loras: readonly { readonly file: LoraFile; readonly argument: LoraArgument }[];
  readonly dtype: PlainType;
}

export interface BakePlan {
  readonly architecture: Architecture;
  /** In the order of the model. */
  readonly tensors: readonly Omit<PlannedTensor, 'block'>[];
  readonly dataBytes: number;
  /** Tensors that a LoRA changes. */
  readonly changed: number;
  /** In the order given. */
  readonly loras: readonly AppliedLora[];
}

/** File 0 of the job is the model, the others are the LoRAs. @throws usage errors `checkpoint-architecture`, `lora-weights`, `lora-mismatch`, `lora-invalid` */
export function planBake({ model, loras, dtype }: BakeInput): BakePlan {
  const architecture = requireArchitecture(model.path, model);
  const family = architectureRow(architecture).layout?.family;
  if (family !== undefined && !takesLoras(family)) {
    throw usageError(
      'checkpoint-architecture',
      `${model.path} is a model of ${titleOf(architecture)}; autombw cannot bake LoRAs into it, because it does not know how LoRAs name its layers.`,
    );
  }
  const layers = layersByName(model, architecture);
  const applied = loras.map(({ file, argument }, i) =>
    matchLora(file, argument, { architecture, layers, index: i + 1 }),
  );
  const addends = addendsByTensor(applied);
  const tensors: Omit<PlannedTensor, 'block'>[] = [];
  let at = 0;
  for (const tensor of model.tensors) {
    const draft = changedTensor(tensor, model, dtype, addends.get(tensor.name));
    const end = at + draft.job.count * draft.dtype.bytes;
    tensors.push({ ...draft, begin: at, end, job: { ...draft.job, offset: at } });
    at = end;
  }
  return { architecture, tensors, dataBytes: at, changed: addends.size, loras: applied };
}

/** Sums do not depend on the order in which the LoRAs were named: they are added in the order of their paths and strengths. */
function addendsByTensor(applied: readonly AppliedLora[]): Map<string, Addend[]> {
  const keyOf = ({ file, strength, weights }: AppliedLora): string =>
    JSON.stringify([file.path, strength, weights]);
  const inOrder = applied
    .map((lora) => ({ key: keyOf(lora), lora }))
    .toSorted((x, y) => (x.key < y.key ? -1 : Number(x.key > y.key)));
  const addends = new Map<string, Addend[]>();
  for (const { lora } of inOrder) {
    for (const { target, addend } of lora.changes) {
      const before = addends.get(target.tensor.name);
      if (before === undefined) addends.set(target.tensor.name, [addend]);
      else before.push(addend);
    }
  }
  return addends;
}

function changedTensor(
  tensor: Tensor,
  model: CheckpointFile,
  dtype: PlainType,
  addends: Addend[] | undefined,
): Draft {
  const draft = taken(tensor.name, tensor, 0, model, dtype);
  return addends === undefined ? draft : { ...draft, job: { ...draft.job, kind: 'add', addends } };
}
