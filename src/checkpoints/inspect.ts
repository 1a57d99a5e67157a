/** What a safetensors file is and holds, as far as its header and its bytes tell. */
import type { Architecture, BlockName } from '../architectures/architecture.ts';
import { allBlocksOf, architectureRow, blocksOf, partOf } from '../architectures/registry.ts';
import { countsInWords } from '../architectures/transformers/layout.ts';
import { takesLoras } from '../architectures/transformers/lora-names.ts';
import { spellingOf } from '../architectures/transformers/spelling.ts';
import { blockOf, recognise, titleOf, type Recognised } from './architecture.ts';
import { nameNumbers, understand, type Understood } from './companions/model-file.ts';
import { inUsualSpelling } from './companions/spelled.ts';
import { hashFile } from '../shared/hashes/file-hash.ts';
import { autoV1 } from './hashes.ts';
import { readBakeRecipe, type BakeRecipe } from './bake-metadata.ts';
import { readMergeRecipe, readPythonRecipe, type MergeRecipe, type PythonRecipe } from './metadata.ts';
import type { NumberReport } from './numbers.ts';
import { predictionOf, type Prediction } from './prediction.ts';
import type { Tensor } from '../shared/safetensors/header.ts';
import { openCheckpoint, type CheckpointFile } from './checkpoint-file.ts';
import { scanModel } from './scan.ts';

export interface Tally {
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
}

export interface Inspection {
  readonly file: string;
  readonly bytes: number;
  /** Undefined where the blocks cannot be merged: then `kind` says what it is. */
  readonly architecture: Architecture | undefined;
  /** In words. */
  readonly kind: string;
  /** What to do with a file that cannot be merged. */
  readonly advice: string | undefined;
  readonly tensors: number;
  readonly parameters: number;
  /** By type, as named in the header. */
  readonly types: Readonly<Record<string, Tally>>;
  /** UNet or transformer, text encoder, VAE, EMA, other. */
  readonly parts: Readonly<Record<string, Tally>>;
  /** Tensors of every block; empty without an architecture. */
  readonly blocks: Readonly<Record<BlockName, Tally>>;
  /** Of a transformer: `19 double_blocks and 38 single_blocks`. */
  readonly counts: string | undefined;
  /** Of a transformer: what stands before the keys of its network in this file, which may be nothing. */
  readonly prefix: string | undefined;
  /** Names of the text encoders in a whole checkpoint of a transformer: `clip_l`. */
  readonly encoders: readonly string[];
  /** Commands that take it as a model; none where `architecture` is undefined or its numbers cannot be read. */
  readonly commands: readonly ('merge' | 'bake' | 'search')[];
  readonly metadata: Readonly<Record<string, string>>;
  /** What it was merged from, where autombw merged it. */
  readonly recipe: MergeRecipe | undefined;
  /** The same of the Python extension, which autombw writes too. */
  readonly pythonRecipe: PythonRecipe | undefined;
  /** How the numbers are stored where they are codes: "scaled fp8 (e4m3)", "bitsandbytes nf4"; undefined where they are plain. */
  readonly quantisation: string | undefined;
  /** What the UNet predicts, of a checkpoint. */
  readonly prediction: Prediction | undefined;
  /** Undefined where the codes cannot be read. */
  readonly numbers: NumberReport | undefined;
  /** The LoRAs that autombw baked in. */
  readonly bake: BakeRecipe | undefined;
  readonly hashes: {
    /** 8 digits: the old short hash. */
    readonly autoV1: string;
    /** 10 digits: the short hash that WebUIs show today. */
    readonly autoV2: string;
    readonly sha256: string;
  };
}

/** @throws usage errors of `openCheckpoint`; the signal's reason */
export async function inspectCheckpoint(path: string, signal?: AbortSignal): Promise<Inspection> {
  const stored = openCheckpoint(path);
  const understood = understand(stored);
  const file = understood.kind === 'readable' ? understood.file : inUsualSpelling(stored);
  const found = recognise(file);
  const architecture = found.kind === 'checkpoint' ? found.architecture : undefined;
  const whole = await hashFile(file, signal);
  return {
    file: path,
    bytes: file.bytes,
    architecture,
    kind: found.kind === 'checkpoint' ? describe(found.architecture, found.variant) : found.name,
    advice: adviceOf(found, understood),
    tensors: stored.tensors.length,
    parameters: file.tensors.reduce((sum, { count }) => sum + count, 0),
    types: tallyBy(stored.tensors, ({ dtype }) => dtype.name),
    parts: tallyBy(file.tensors, ({ name }) => partOf(name, architecture) ?? 'other'),
    blocks: architecture === undefined ? {} : blockTallies(file, architecture),
    ...transformerFacts(stored, architecture),
    commands: commandsFor(architecture, understood),
    metadata: Object.fromEntries(stored.metadata),
    recipe: readMergeRecipe(file.metadata),
    pythonRecipe: readPythonRecipe(file.metadata),
    bake: readBakeRecipe(file.metadata),
    quantisation: nameNumbers(understood),
    prediction:
      architecture === undefined || isTransformer(architecture)
        ? undefined
        : predictionOf(file, architecture),
    numbers: understood.kind === 'readable' ? await scanModel(file, signal) : undefined,
    hashes: { autoV1: await autoV1(path), autoV2: whole.slice(0, 10), sha256: whole },
  };
}

function isTransformer(architecture: Architecture): boolean {
  return architectureRow(architecture).layout !== undefined;
}

function transformerFacts(
  file: CheckpointFile,
  architecture: Architecture | undefined,
): Pick<Inspection, 'counts' | 'prefix' | 'encoders'> {
  const layout = architecture === undefined ? undefined : architectureRow(architecture).layout;
  if (layout === undefined) return { counts: undefined, prefix: undefined, encoders: [] };
  const names = file.tensors.map(({ name }) => /^text_encoders\.([^.]+)\./.exec(name)?.[1]);
  const encoders = [...new Set(names.filter((name) => name !== undefined))];
  return { counts: countsInWords(layout), prefix: spellingOf(file)?.prefix, encoders };
}

function commandsFor(architecture: Architecture | undefined, { kind }: Understood): Inspection['commands'] {
  if (architecture === undefined || kind === 'foreign') return [];
  const family = architectureRow(architecture).layout?.family;
  if (family === undefined) return ['merge', 'bake', 'search'];
  return [
    'merge' as const,
    ...(takesLoras(family) ? ['bake' as const] : []),
    ...(family.drawing === 'never' ? [] : ['search' as const]),
  ];
}

function adviceOf(found: Recognised, understood: Understood): string | undefined {
  if (understood.kind === 'foreign') {
    return 'It cannot be merged, and LoRAs cannot be baked into it; use the bf16 or fp16 file of the model.';
  }
  return found.kind === 'other' ? found.advice : undefined;
}

function describe(architecture: Architecture, variant: string | undefined): string {
  return `${titleOf(architecture)}${variant === undefined ? '' : ` (${variant})`}`;
}

function blockTallies({ tensors }: CheckpointFile, architecture: Architecture): Record<BlockName, Tally> {
  const tallies = tallyBy(tensors, ({ name }) => blockOf(name, architecture));
  const inOrder: Record<BlockName, Tally> = {};
  const names = isTransformer(architecture) ? allBlocksOf(architecture) : blocksOf(architecture);
  for (const block of names) inOrder[block] = tallies[block] ?? { tensors: 0, parameters: 0, bytes: 0 };
  return inOrder;
}

/** Largest first. Tensors without a key are left out. */
function tallyBy(
  tensors: readonly Tensor[],
  keyOf: (tensor: Tensor) => string | undefined,
): Record<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const tensor of tensors) {
    const key = keyOf(tensor);
    if (key === undefined) continue;
    const before = tallies.get(key) ?? { tensors: 0, parameters: 0, bytes: 0 };
    tallies.set(key, {
      tensors: before.tensors + 1,
      parameters: before.parameters + tensor.count,
      bytes: before.bytes + tensor.end - tensor.begin,
    });
  }
  return Object.fromEntries([...tallies].toSorted(([, x], [, y]) => y.bytes - x.bytes));
}
