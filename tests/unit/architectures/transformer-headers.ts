/** Headers of the made files of every family of transformers, under the keys of a whole checkpoint. */
import path from 'node:path';
import type { HeaderView } from '../../../src/architectures/architecture.ts';
import { TRANSFORMER_FAMILIES } from '../../../src/architectures/transformers/families.ts';
import type { TransformerFamily } from '../../../src/architectures/transformers/family.ts';
import { openModel } from '../../../src/checkpoints/companions/model-file.ts';
import { makeHeader } from '../../contracts/architecture.contract.ts';
import { FIXTURES, UNET } from '../checkpoints/make-checkpoint.ts';

export type Shapes = Readonly<Record<string, readonly number[]>>;

/** Keys without a prefix. */
export function shapesOf(id: string): Shapes {
  const file = openModel(path.join(FIXTURES, 'transformers', `${id}-a.safetensors`));
  const network = file.tensors.filter(({ name }) => name.startsWith(UNET));
  return Object.fromEntries(network.map(({ name, shape }) => [name.slice(UNET.length), shape]));
}

export function prefixed(shapes: Shapes, prefix = UNET): HeaderView {
  return makeHeader(Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [prefix + key, shape])));
}

export function familyOf(id: string): TransformerFamily {
  const family = TRANSFORMER_FAMILIES.find((one) => one.id === id);
  if (family === undefined) throw new Error(`there is no family ${id}`);
  return family;
}

/** As many blocks as the family's usual file has, each with the keys of the first one. */
export function fullSize(id: string): Shapes {
  const shapes = shapesOf(id);
  const copies = familyOf(id).groups.flatMap(({ start, usual }) =>
    Object.entries(shapes)
      .filter(([key]) => key.startsWith(`${start}0.`))
      .flatMap(([key, shape]) =>
        Array.from({ length: usual }, (_, n) => [key.replace(`${start}0.`, `${start}${n}.`), shape] as const),
      ),
  );
  const all = Object.entries({ ...shapes, ...Object.fromEntries(copies) });
  return Object.fromEntries(all);
}

export function without(shapes: Shapes, ...keys: readonly (string | RegExp)[]): Shapes {
  return Object.fromEntries(
    Object.entries(shapes).filter(
      ([key]) => !keys.some((one) => (typeof one === 'string' ? one === key : one.test(key))),
    ),
  );
}
