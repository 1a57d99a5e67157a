/** Which modules of a LoRA change which tensors of a model, and by how much. */
import { usageError } from '../../shared/errors.ts';
import type { Architecture } from '../../architectures/architecture.ts';
import { blockNames } from '../../architectures/registry.ts';
import { titleOf } from '../architecture.ts';
import { sourceOf } from '../plan.ts';
import { quote } from '../../shared/safetensors/strict-json.ts';
import type { Addend, AddendPart } from './addend.ts';
import type { LoraArgument } from './argument.ts';
import { nameLoraWeights, type LoraBlock, type LoraWeights } from './block-weights.ts';
import type { Layer, Target } from './layers.ts';
import { looksLike } from './looks-like.ts';
import { strengthOfRest, strengthsByBlock, whyNoLoraBlock } from './searched-loras.ts';
import type { LoraFile, LoraModule } from './lora-file.ts';

/** A LoRA as it is applied to a model: what a dry run tells. */
export interface AppliedLora {
  readonly file: LoraFile;
  readonly strength: number;
  /** By block; undefined = 1 everywhere. */
  readonly weights: LoraWeights | undefined;
  /** Modules by kind. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly modules: number;
  readonly matched: number;
  /** Modules that change something, by block; `other` for parts of the UNet that are no block. */
  readonly blocks: Readonly<Record<LoraBlock, number>>;
  /** Modules that match but have strength or block weight 0. */
  readonly off: number;
  /** Modules that match no tensor. */
  readonly unmatched: readonly string[];
  /** Keys that are no part of the LoRA. */
  readonly skipped: readonly string[];
  readonly changes: readonly Change[];
}

interface Change {
  readonly target: Target;
  readonly addend: Addend;
}

/** @param index of the file in `Job.files`. @throws usage errors `lora-weights`, `lora-mismatch` */
export function matchLora(
  file: LoraFile,
  argument: LoraArgument,
  {
    architecture,
    layers,
    index,
  }: { architecture: Architecture; layers: ReadonlyMap<string, Layer>; index: number },
): AppliedLora {
  const { strength } = argument;
  const weights = weightsOf(file.path, argument, architecture);
  const rest = argument.parts === undefined ? 0 : strengthOfRest({ strength: 1, parts: argument.parts });
  const changes: Change[] = [];
  const unmatched: string[] = [];
  const kinds: Record<string, number> = {};
  const blocks: Record<string, number> = {};
  const owners = new Map<Target, string>();
  for (const module of file.modules) {
    const target = layers.get(module.name)?.[module.of];
    if (target === undefined) {
      unmatched.push(module.name);
      continue;
    }
    requireFit(file, module, target, architecture);
    requireSingle(file, module, target, owners);
    kinds[module.title] = (kinds[module.title] ?? 0) + 1;
    const weight = weights === undefined ? 1 : blockWeight(weights, target.block, rest);
    const factor = strength * weight * module.scale;
    if (factor === 0) continue;
    const block = target.block ?? 'other';
    blocks[block] = (blocks[block] ?? 0) + 1;
    changes.push({ target, addend: addendOf(file, module, target, factor, index) });
  }
  const matched = file.modules.length - unmatched.length;
  if (matched === 0) throw noneMatches(file, architecture);
  return {
    file,
    strength,
    weights,
    kinds,
    modules: file.modules.length,
    matched,
    blocks: inOrder(blocks),
    off: matched - changes.length,
    unmatched,
    skipped: file.skipped,
    changes,
  };
}

/** Undefined = 1 everywhere. @throws usage error `lora-weights` */
function weightsOf(
  file: string,
  { weights, parts }: LoraArgument,
  architecture: Architecture,
): LoraWeights | undefined {
  if (weights !== undefined) return nameLoraWeights(file, weights, architecture);
  if (parts === undefined) return undefined;
  for (const [pattern] of parts) {
    const wrong = whyNoLoraBlock(pattern, architecture);
    if (wrong !== undefined) throw usageError('lora-weights', `The LoRA ${file}: ${wrong}`);
  }
  return strengthsByBlock({ strength: 1, parts }, architecture);
}

function inOrder(blocks: AppliedLora['blocks']): AppliedLora['blocks'] {
  const rank = (name: string): number =>
    name === 'BASE' ? -1 : name === 'other' ? Infinity : known.indexOf(name);
  const known = blockNames();
  return Object.fromEntries(Object.entries(blocks).toSorted(([x], [y]) => rank(x) - rank(y)));
}

/** @param rest of what is no block */
function blockWeight(weights: LoraWeights, block: LoraBlock | undefined, rest: number): number {
  return block === undefined ? rest : (weights[block] ?? 0);
}

function requireFit(file: LoraFile, module: LoraModule, target: Target, architecture: Architecture): void {
  const { rows, columns } = module.measures;
  const [wantedRows, wantedColumns] =
    target.isTransposed === true ? [target.columns, target.rows] : [target.rows, target.columns];
  if (rows === wantedRows && columns === wantedColumns) return;
  const { name, shape } = target.tensor;
  const part = target.rows === (shape[0] ?? 1) ? '' : ` from row ${target.firstRow} on`;
  throw usageError(
    'lora-mismatch',
    `The module ${quote(module.name)} of ${file.path} changes ${rows} × ${columns} numbers, but ${quote(name)} of the model has ${wantedRows} × ${wantedColumns}${part} (shape [${shape.join(', ')}]). ${family(file, architecture)}`,
  );
}

/** Two spellings of one layer would count it twice. */
function requireSingle(
  file: LoraFile,
  module: LoraModule,
  target: Target,
  owners: Map<Target, string>,
): void {
  const other = owners.get(target);
  owners.set(target, module.name);
  if (other === undefined) return;
  throw usageError(
    'lora-invalid',
    `${file.path} changes ${quote(target.tensor.name)} twice, as ${quote(other)} and as ${quote(module.name)}.`,
  );
}

function noneMatches(file: LoraFile, architecture: Architecture): Error {
  const { length } = file.modules;
  const first = quote(file.modules[0]?.name ?? 'none');
  const none =
    length === 1
      ? `The only module in ${file.path} is not in the model: ${first}.`
      : `None of the ${length} modules in ${file.path} is in the model (the first is ${first}).`;
  return usageError('lora-mismatch', `${none} ${family(file, architecture)}`);
}

function family(file: LoraFile, architecture: Architecture): string {
  const model = `the model is ${titleOf(architecture)}`;
  const found = looksLike(file);
  return found === undefined
    ? `The LoRA is for a different model family, or damaged; ${model}.`
    : `The LoRA looks like one for ${titleOf(found)}; ${model}.`;
}

function addendOf(
  lora: LoraFile,
  { kind, parts }: LoraModule,
  { firstRow, rows, columns, isTransposed = false }: Target,
  factor: number,
  index: number,
): Addend {
  const found: Record<string, AddendPart> = {};
  for (const [part, tensor] of parts) {
    const { name, shape, count } = tensor;
    const { type, ...source } = sourceOf(tensor, index, lora);
    if (type !== undefined) found[part] = { ...source, type, name, shape, count };
  }
  return { kind: kind.name, parts: found, factor, firstRow, rows, columns, isTransposed };
}
