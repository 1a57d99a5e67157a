/** May two models be merged with each other? */
import type { Architecture } from '../architectures/architecture.ts';
import { countsInWords } from '../architectures/transformers/layout.ts';
import { recogniseTransformer, type RecognisedTransformer } from '../architectures/transformers/row.ts';
import { usageError } from '../shared/errors.ts';
import { requireArchitecture, titleOf } from './architecture.ts';
import type { CheckpointFile } from './checkpoint-file.ts';

/** @throws usage errors `architectures-differ`, `checkpoint-architecture` */
export function requireSame(a: CheckpointFile, other: CheckpointFile, architecture: Architecture): void {
  const found = requireArchitecture(other.path, other);
  const [own, theirs] = [recogniseTransformer(a), recogniseTransformer(other)];
  if (own !== undefined && theirs !== undefined && own.layout.family === theirs.layout.family) {
    requireSameKin({ path: a.path, ...own }, { path: other.path, ...theirs });
    return;
  }
  if (found === architecture) return;
  throw usageError(
    'architectures-differ',
    `${a.path} is ${titleOf(architecture)}, but ${other.path} is ${titleOf(found)}: only models of the same family can be merged.`,
  );
}

type Named = RecognisedTransformer & { readonly path: string };

function requireSameKin(a: Named, b: Named): void {
  const { title } = a.layout.family;
  if (a.kin !== b.kin) {
    const called = ({ kin }: Named): string =>
      kin === undefined ? `an ordinary ${title} model` : `${title} (${kin})`;
    throw usageError(
      'architectures-differ',
      `${a.path} is ${called(a)}, but ${b.path} is ${called(b)}: only models of the same variant can be merged.`,
    );
  }
  const [own, theirs] = [countsInWords(a.layout), countsInWords(b.layout)];
  if (own !== theirs) {
    throw usageError(
      'architectures-differ',
      `${a.path} has ${own}, but ${b.path} has ${theirs}: only models with the same number of blocks can be merged.`,
    );
  }
  if (a.width === b.width) return;
  throw usageError(
    'architectures-differ',
    `${a.path} is ${title} with a width of ${a.width ?? '?'}, but ${b.path} has a width of ${b.width ?? '?'}: only models of the same size can be merged.`,
  );
}
