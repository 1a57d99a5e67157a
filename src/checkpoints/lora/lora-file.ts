/** A LoRA file as far as its header and its alphas: which modules it has, and what each is made of. */
import fs from 'node:fs';
import { usageError } from '../../shared/errors.ts';
import { readBytes } from '../../shared/files/read-bytes.ts';
import { recognise, titleOf } from '../architecture.ts';
import { requireReadable } from '../companions/model-file.ts';
import type { Tensor } from '../../shared/safetensors/header.ts';
import { openCheckpoint, type CheckpointFile } from '../checkpoint-file.ts';
import { quote } from '../../shared/safetensors/strict-json.ts';
import { adapterScale, type AdapterScale } from './adapter-config.ts';
import { createFloatReader, type FloatReader } from './float-reader.ts';
import { parseLoraKey } from './keys.ts';
import type { LoraKind, Measures } from './kind.ts';
import { kindOfParts, refusedKind } from './kinds/registry.ts';

export interface LoraModule {
  /** As in keys.ts. */
  readonly name: string;
  readonly of: 'weight' | 'bias';
  readonly kind: LoraKind;
  readonly title: string;
  readonly parts: ReadonlyMap<string, Tensor>;
  readonly measures: Measures;
  /** alpha / rank, with the alpha of the metadata where there is no tensor; 1 without either. */
  readonly scale: number;
}

export interface LoraFile extends CheckpointFile {
  readonly modules: readonly LoraModule[];
  /** Keys of a trained embedding beside the LoRA, which no model holds. */
  readonly skipped: readonly string[];
}

/** A textual inversion that was trained along. */
const EMBEDDING = /^(bundle_emb\.|emb_params$|clip_[lg]$|string_to_param)/;

/** @throws usage errors of `openCheckpoint`; `lora-unsupported`, `lora-invalid` */
export function openLora(path: string): LoraFile {
  const stored = openCheckpoint(path);
  requireLora(stored);
  const file = requireReadable(stored);
  const drafts = new Map<string, Draft>();
  const skipped: string[] = [];
  for (const tensor of file.tensors) {
    const key = parseLoraKey(tensor.name);
    if (EMBEDDING.test(tensor.name)) skipped.push(tensor.name);
    else if (key === undefined) throw unsupported(file, tensor.name);
    else addPart(file, drafts, key, tensor);
  }
  const handle = fs.openSync(path, 'r');
  try {
    const read = createFloatReader();
    const numberAt = (tensor: Tensor): number | undefined => readNumber(file, tensor, handle, read);
    const scaleOf = adapterScale(file);
    const modules = [...drafts.values()].map((draft) => toModule(file, draft, numberAt, scaleOf));
    return { ...file, modules, skipped };
  } finally {
    fs.closeSync(handle);
  }
}

interface Draft {
  readonly name: string;
  readonly of: 'weight' | 'bias';
  readonly parts: Map<string, Tensor>;
}

function requireLora(file: CheckpointFile): void {
  for (const { name } of file.tensors) {
    const refused = refusedKind(name);
    if (refused !== undefined) throw unsupported(file, name, refused);
  }
  if (file.tensors.some(({ name }) => parseLoraKey(name) !== undefined)) return;
  const [first] = file.tensors;
  const found = recognise(file);
  const what =
    first === undefined
      ? 'it holds no tensors'
      : found.kind === 'checkpoint'
        ? `it is a ${titleOf(found.architecture)} checkpoint`
        : `its first key is ${quote(first.name)}`;
  throw usageError(
    'lora-unsupported',
    `${file.path} is not a LoRA: ${what}. Give a LoRA, LoCon, LoHa or LoKr file.`,
  );
}

function unsupported({ path }: CheckpointFile, key: string, name = 'a LoRA of an unknown kind'): Error {
  return usageError(
    'lora-unsupported',
    `${path} is ${name} (key ${quote(key)}), which cannot be baked; LoRA, LoCon, LoHa, LoKr and full differences can.`,
  );
}

function addPart(
  file: CheckpointFile,
  drafts: Map<string, Draft>,
  { module, of, part }: { module: string; of: 'weight' | 'bias'; part: string },
  tensor: Tensor,
): void {
  const key = `${module}.${of}`;
  const draft = drafts.get(key) ?? { name: module, of, parts: new Map<string, Tensor>() };
  drafts.set(key, draft);
  const other = draft.parts.get(part);
  if (other !== undefined) {
    throw usageError(
      'lora-invalid',
      `${file.path} contains the same part of a module twice: ${quote(other.name)} and ${quote(tensor.name)}.`,
    );
  }
  draft.parts.set(part, tensor);
}

function toModule(
  file: CheckpointFile,
  { name, of, parts: all }: Draft,
  numberAt: (tensor: Tensor) => number | undefined,
  scaleOf: AdapterScale,
): LoraModule {
  const alpha = all.get('alpha');
  const parts = new Map([...all].filter(([part]) => part !== 'alpha'));
  const shapes = Object.fromEntries([...parts].map(([part, { shape }]) => [part, shape]));
  const kind = parts.size === 0 ? undefined : kindOfParts([...parts.keys()]);
  const measures = kind?.measure(shapes);
  const isReadable = [...parts.values()].every(({ dtype }) => dtype.float !== undefined);
  if (kind === undefined || measures === undefined || !isReadable) {
    const listed = [...all].map(([part, { shape, dtype }]) => `${part} [${shape.join(', ')}] ${dtype.name}`);
    throw usageError(
      'lora-invalid',
      `The parts of the module ${quote(name)} of ${file.path} do not fit together: ${listed.join(', ')}.`,
    );
  }
  const value = alpha === undefined ? undefined : numberAt(alpha);
  if (alpha !== undefined && value === undefined) {
    throw usageError('lora-invalid', `${quote(alpha.name)} of ${file.path} is not a single finite number.`);
  }
  const scale = (rank: number | undefined): number => {
    if (rank === undefined) return 1;
    return value === undefined ? scaleOf(name, rank) : value / rank;
  };
  return { name, of, kind, title: kind.title(shapes), parts, measures, scale: scale(measures.rank) };
}

/** Some trainers save alpha as a whole number. */
function readNumber(
  { dataStart }: CheckpointFile,
  { dtype, count, begin }: Tensor,
  handle: number,
  read: FloatReader,
): number | undefined {
  if (count !== 1) return undefined;
  if (dtype.float !== undefined) {
    const [value] = read(handle, { offset: dataStart + begin, count, type: dtype.float });
    return value !== undefined && Number.isFinite(value) ? value : undefined;
  }
  if (!/^[IU](8|16|32|64)$/.test(dtype.name)) return undefined;
  const bytes = Buffer.alloc(8);
  readBytes(handle, bytes.subarray(0, dtype.bytes), dataStart + begin);
  return Number(bytes.readBigUInt64LE());
}
