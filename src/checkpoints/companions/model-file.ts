/** Opens a model whose numbers can be computed with: plain floats, or codes with their scales. All others are refused by name. */
import fs from 'node:fs';
import { usageError } from '../../shared/errors.ts';
import { readBytes } from '../../shared/files/read-bytes.ts';
import { createFloatReader } from '../lora/float-reader.ts';
import type { Tensor } from '../../shared/safetensors/header.ts';
import { openCheckpoint, type CheckpointFile } from '../checkpoint-file.ts';
import { printable, quote } from '../../shared/safetensors/strict-json.ts';
import { knownForeign, unknownForeign, type Foreign } from './foreign.ts';
import { FORMATS_KEY, layerFormats } from './layer-formats.ts';
import { scaledWeights } from './scales.ts';
import { inUsualSpelling } from './spelled.ts';

/** What the numbers of a file are. */
export type Understood =
  /** The tensors without companions, those of scaled weights with their scales, under the usual names. */
  | { readonly kind: 'readable'; readonly file: CheckpointFile; readonly scaled: readonly Tensor[] }
  | { readonly kind: 'foreign'; readonly foreign: Foreign };

/** @throws usage errors of `openCheckpoint`; `checkpoint-quantised` */
export function openModel(path: string): CheckpointFile {
  return requireReadable(openCheckpoint(path));
}

/** @throws usage error `checkpoint-quantised` */
export function requireReadable(file: CheckpointFile): CheckpointFile {
  const understood = understand(file);
  if (understood.kind === 'readable') return understood.file;
  const { name, key } = understood.foreign;
  throw usageError(
    'checkpoint-quantised',
    `${file.path} is stored as ${printable(name)} (${quote(key)}): autombw cannot convert that to numbers. Use the bf16 or fp16 file of the model.`,
  );
}

/** Scales are read, and nothing else but descriptions. */
export function understand(file: CheckpointFile): Understood {
  const known = knownForeign(file);
  if (known !== undefined) return { kind: 'foreign', foreign: known };
  const handle = fs.openSync(file.path, 'r');
  try {
    const formats = layerFormats(file, (begin, bytes) => {
      const found = new Uint8Array(bytes);
      return found.subarray(0, readBytes(handle, found, file.dataStart + begin));
    });
    const found = scaledWeights(file, formats);
    if ('key' in found) return { kind: 'foreign', foreign: found };
    const read = createFloatReader();
    const tensors = file.tensors.flatMap((tensor) => {
      if (found.companions.has(tensor.name)) return [];
      const { begin = 0, count = 0, dtype } = found.scales.get(tensor.name) ?? {};
      if (dtype?.float === undefined) return [tensor];
      const offset = file.dataStart + begin;
      return [{ ...tensor, scale: read(handle, { offset, count, type: dtype.float }) }];
    });
    const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    const foreign = unknownForeign({ tensors, byName });
    if (foreign !== undefined) return { kind: 'foreign', foreign };
    const metadata = new Map([...file.metadata].filter(([key]) => key !== FORMATS_KEY));
    const scaled = tensors.filter(({ scale }) => scale !== undefined);
    return { kind: 'readable', file: inUsualSpelling({ ...file, tensors, byName, metadata }), scaled };
  } finally {
    fs.closeSync(handle);
  }
}

/** For people: "scaled fp8 (e4m3)", "bitsandbytes nf4"; undefined where the numbers stand for themselves. */
export function nameNumbers(understood: Understood): string | undefined {
  if (understood.kind === 'foreign') return understood.foreign.name;
  const types = new Set(
    understood.scaled.map(({ dtype }) => /E\dM\d/.exec(dtype.name)?.[0].toLowerCase() ?? dtype.name),
  );
  return types.size === 0 ? undefined : `scaled fp8 (${[...types].toSorted().join(', ')})`;
}
