/** Which classes of a server merge two models by the names of their tensors: those of ComfyUI, and of extensions. */
import { limitsSchema, type NodeInfo } from '../schemas.ts';

export interface MergeClass {
  readonly name: string;
  /** Which of its outputs is the model. */
  readonly slot: number;
  /** Its numbers, in order: each is for the tensors whose names begin so. */
  readonly inputs: readonly string[];
  /** ComfyUI's own; of others it is not known what becomes of tensors that no input is for. */
  readonly isCore: boolean;
}

/** Classes that take `model1`, `model2` and nothing but numbers that reach from 0 to 1. */
export function mergeClassesIn(nodes: Iterable<readonly [string, NodeInfo]>): MergeClass[] {
  return [...nodes].flatMap(([name, info]): MergeClass[] => {
    const { model1, model2, ...numbers } = info.input.required;
    const slot = (info.output ?? []).indexOf('MODEL');
    if (slot === -1 || model1?.[0] !== 'MODEL' || model2?.[0] !== 'MODEL') return [];
    if (!Object.values(numbers).every(isRatio)) return [];
    return [
      {
        name,
        slot,
        inputs: Object.keys(numbers),
        isCore: (info.python_module ?? '').startsWith('comfy_extras.'),
      },
    ];
  });
}

function isRatio([type, options]: readonly unknown[]): boolean {
  const limits = limitsSchema.safeParse(options);
  return type === 'FLOAT' && limits.success && limits.data.min <= 0 && limits.data.max >= 1;
}
