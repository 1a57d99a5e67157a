/** Every tensor of a checkpoint that a LoRA can change, under all names of its module. */
import type { Architecture, BlockName } from '../../architectures/architecture.ts';
import { architectureRow, blocksOf } from '../../architectures/registry.ts';
import { loraNames } from '../../architectures/transformers/lora-names.ts';
import { blockOf, UNET } from '../architecture.ts';
import type { Header, Tensor } from '../../shared/safetensors/header.ts';
import type { LoraBlock } from './block-weights.ts';
import { elements } from './kind.ts';
import { textLayer } from './text-names.ts';
import { diffusersName } from './unet-names.ts';

/** A matrix of changes fits here: some rows of a tensor, all of them unless it holds several layers. */
export interface Target {
  readonly tensor: Tensor;
  readonly firstRow: number;
  readonly rows: number;
  readonly columns: number;
  /** Rows and columns of the changes are the other way round. */
  readonly isTransposed?: boolean;
  /** Undefined for a part of the UNet that is no block (`label_emb`). */
  readonly block: LoraBlock | undefined;
}

export interface Layer {
  readonly weight?: Target;
  readonly bias?: Target;
}

/** Names as in keys.ts. Only floats can be changed. */
export function layersByName(
  { tensors }: Pick<Header, 'tensors'>,
  architecture: Architecture,
): ReadonlyMap<string, Layer> {
  const layers = new Map<string, Layer>();
  const family = architectureRow(architecture).layout?.family;
  const add = (name: string, of: 'weight' | 'bias', target: Target): void => {
    const key = name.replaceAll('.', '_');
    layers.set(key, { ...layers.get(key), [of]: target });
  };
  for (const tensor of tensors) {
    if (tensor.dtype.float === undefined || tensor.count === 0) continue;
    if (tensor.name.startsWith(UNET)) {
      const [, layer, of] = /^(.+)\.(weight|bias)$/.exec(tensor.name.slice(UNET.length)) ?? [];
      if (layer === undefined) continue;
      const target = targetOf(tensor, searchedBlock(tensor.name, architecture), 0, 1);
      const part = of === 'bias' ? 'bias' : 'weight';
      const names = family === undefined ? [layer, diffusersName(layer)] : [layer];
      for (const name of names) {
        if (name !== undefined) add(`lora_unet_${name}`, part, target);
      }
      const [rows = 1] = tensor.shape;
      const columns = part === 'bias' ? undefined : target.columns;
      for (const named of family === undefined ? [] : loraNames(family, { layer, rows, columns }))
        add(`lora_unet_${named.name}`, part, { ...target, firstRow: named.firstRow, rows: named.rows });
    } else {
      const found = textLayer(tensor.name, architecture);
      if (found === undefined || (tensor.shape[0] ?? 1) % found.names.length > 0) continue;
      const { encoders, names, of, isTransposed = false } = found;
      for (const [part, name] of names.entries()) {
        const target = { ...targetOf(tensor, 'BASE', part, names.length), isTransposed };
        for (const encoder of encoders) add(encoder + name, of, target);
      }
      // Under the key of the checkpoint itself, whole or from OpenCLIP's part on.
      const whole = targetOf(tensor, 'BASE', 0, 1);
      const own = tensor.name.replace(/[._](weight|bias)$/, '');
      add(own, of, whole);
      const [inner] = /transformer\.resblocks\..+/.exec(own) ?? [];
      if (inner !== undefined) add(`${encoders.at(-1)}${inner}`, of, whole);
    }
  }
  return layers;
}

/** No list of a LoRA's weights has a place for a block that is off unless asked for. */
function searchedBlock(key: string, architecture: Architecture): BlockName | undefined {
  const block = blockOf(key, architecture);
  return block !== undefined && blocksOf(architecture).includes(block) ? block : undefined;
}

function targetOf(tensor: Tensor, block: LoraBlock | undefined, part: number, parts: number): Target {
  const rows = (tensor.shape[0] ?? 1) / parts;
  return { tensor, firstRow: part * rows, rows, columns: elements(tensor.shape, 1), block };
}
