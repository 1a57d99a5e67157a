/** What becomes of scaled fp8 and of numbers that are rounded to it, and what a dry run cannot know: lines of merge and bake. */
import type { PlannedTensor } from '../../../checkpoints/plan.ts';
import { counted } from '../../../shared/counted.ts';

/** @param isOwn whether a tensor of the output comes from the model that is named */
export function plainLines(
  tensors: readonly Omit<PlannedTensor, 'block'>[],
  { model, isOwn }: { readonly model: string; readonly isOwn: (name: string) => boolean },
): string[] {
  const scaled = tensors.filter(({ job }) => job.isScaled === true);
  const unscaled = tensors.filter(
    ({ name, job }) => job.isScaled !== true && job.sources[0]?.scale !== undefined && isOwn(name),
  );
  const types = [...new Set(unscaled.map(({ dtype }) => dtype.name))].join(' and ');
  const isChanged = (kind: string): boolean => kind === 'combine' || kind === 'add';
  const rounded = tensors.filter(
    ({ dtype, job }) => job.isScaled !== true && isChanged(job.kind) && dtype.bytes === 1,
  );
  return [
    ...(scaled.length > 0
      ? [`${subject(scaled.length, 'matrix', '', 'matrices')} written as fp8 with new scales`]
      : []),
    ...(unscaled.length > 0
      ? [
          `${subject(unscaled.length, 'scaled fp8 tensor', ` of ${model}`)} written as plain numbers in ${types}`,
        ]
      : []),
    ...(rounded.length > 0
      ? [
          `${subject(rounded.length, 'changed tensor')} rounded to fp8, the type in ${model}; --dtype fp16 keeps more precision`,
        ]
      : []),
  ];
}

function subject(count: number, what: string, whose = '', plural?: string): string {
  return `${counted(count, what, plural)}${whose} ${count === 1 ? 'is' : 'are'}`;
}

export const NUMBERS_UNREAD =
  'The weights of the models were not read: NaN, infinities and results that are too large only show when the file is written.';
