/** Which family of transformers a network is of. */
import { recogniseTransformer } from '../../../architectures/transformers/row.ts';
import { UNET_PREFIX } from '../state-dict.ts';
import type { StateDict } from '../state-dict.ts';

const F32 = { name: 'F32' };

/** Undefined for other networks. @param network with the keys of a whole checkpoint */
export function familyOf(network: StateDict): string | undefined {
  if (network.has(`${UNET_PREFIX}input_blocks.0.0.weight`)) return undefined;
  if (known.has(network)) return known.get(network);
  const tensors = [...network].map(([name, { shape }]) => ({ name, shape, dtype: F32 }));
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const family = recogniseTransformer({ tensors, byName, metadata: new Map() })?.layout.family.id;
  known.set(network, family);
  return family;
}

/** Models are immutable. */
const known = new WeakMap<StateDict, string | undefined>();
