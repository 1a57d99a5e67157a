/** Merges checkpoints into a new file: plan, output, threads, metadata, name. Memory does not depend on the size of the models. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { followAbort } from '../shared/abort/follow-abort.ts';
import { runError, usageError } from '../shared/errors.ts';
import type { BlockWeights } from '../space/blocks.ts';
import { completeAdjust, type GivenAdjust } from './adjust.ts';
import { explainFailure } from './failure.ts';
import { writeBytes } from '../shared/files/write-bytes.ts';
import { hashFiles } from '../shared/hashes/file-hash.ts';
import { runPool } from './kernel/worker-pool.ts';
import { openModel } from './companions/model-file.ts';
import { Findings } from './kernel/findings.ts';
import { cutIntoBlocks, type Job } from './kernel/job.ts';
import type { Kernel } from './kernel/kernel.ts';
import { withScales } from './kernel/output-scales.ts';
import { coefficientsOf } from './kernel/measures.ts';
import {
  mergeMetadata,
  MODEL_LETTERS,
  MODEL_ROLES,
  RECIPE_VERSION,
  type MergeRecipe,
  type ModelRole,
} from './metadata.ts';
import type { GivenParameters } from './methods/given-parameters.ts';
import { mergeMethod, USUAL_METHOD } from './methods/registry.ts';
import { requireCount } from './model-count.ts';
import { reportNumbers, requireFinite, type NumberReport } from './numbers.ts';
import { checkOutput, createOutput, removeLeftovers, type OutputFile } from './output-file.ts';
import { planMerge, type MergePlan, type OutputType, type PositionIds } from './plan.ts';
import { isUnchanged } from '../shared/hashes/stamp.ts';
import type { CheckpointFile } from './checkpoint-file.ts';
import { quote } from '../shared/safetensors/strict-json.ts';
import { headerBytes } from '../shared/safetensors/write.ts';

export interface MergeSettings {
  readonly modelA: string;
  /** Left out, nothing is merged: model A is adjusted, and has no weights. */
  readonly modelB?: string | undefined;
  /** Where the method takes more than two models. */
  readonly modelC?: string | undefined;
  /** The models behind these, D and so on, where it takes any number. */
  readonly moreModels?: readonly string[] | undefined;
  /** A VAE to be put in place of model A's. */
  readonly vae?: string | undefined;
  /** Path of the new file, ending in .safetensors. */
  readonly output: string;
  readonly weights: BlockWeights;
  readonly method?: string | undefined;
  /** What the method may be told beside the weights, by name; the usual values unless given. */
  readonly parameters?: GivenParameters | undefined;
  /** How the result is adjusted, see adjust.ts; not at all unless given. */
  readonly adjust?: GivenAdjust | undefined;
  readonly dtype?: OutputType | undefined;
  readonly positionIds?: PositionIds | undefined;
  readonly pruneEma?: boolean | undefined;
  /** Merges also what holds NaN or infinities, or becomes too large for the output's type. */
  readonly allowNonFinite?: boolean | undefined;
  /** Replaces an existing output. */
  readonly force?: boolean | undefined;
  /** Name of the merged model in its metadata; that of the file unless told. */
  readonly name?: string | undefined;
  /**
   * SHA-256 of the sources for the recipe: computed beside the merge unless given; `false` leaves them out.
   * Hashing is slower than merging on a machine with few cores.
   */
  readonly hashes?: Readonly<Partial<Record<ModelRole, string>>> | false | undefined;
  /** Names of the sources in the metadata where they are not those of the files. */
  readonly names?: Readonly<Partial<Record<ModelRole, string>>> | undefined;
  /** Wait until it is on the disk before it gets its name; a work file need not outlast a power cut. Default true. */
  readonly sync?: boolean;
  /** See `HeaderContent.alignment`. */
  readonly alignment?: number | undefined;
}

export interface MergeWatch {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly bytes: number; readonly total: number }) => void) | undefined;
  /** Threads; as many as cores up to 4 unless told, none where there is little to do; 0 = none. */
  readonly workers?: number | undefined;
  /** WebAssembly where the engine has it, unless plain JavaScript is asked for. */
  readonly kernel?: Kernel['name'] | undefined;
}

/** All files opened as far as their headers, and what would be done with them. */
export interface PreparedMerge {
  readonly settings: MergeSettings;
  readonly files: Readonly<Partial<Record<ModelRole, CheckpointFile>>>;
  readonly plan: MergePlan;
  /** Without hashes. */
  readonly recipe: MergeRecipe;
  /** Bytes of the output. */
  readonly bytes: number;
}

export interface MergeResult extends PreparedMerge {
  /** With hashes. */
  readonly recipe: MergeRecipe;
  readonly numbers: NumberReport;
  /** Temporary files of killed runs that were removed from the folder. */
  readonly leftovers: readonly string[];
}

/** As long as a real one: the header is laid out before the hashes are known. */
const UNKNOWN_HASH = '0'.repeat(64);
const MOST_WORKERS = 4;
const SMALL_JOB_BYTES = 96 * 2 ** 20;

/**
 * Opens and checks everything without touching the disk: what a dry run shows.
 * @throws usage errors of the files, the plan, and `model-c`
 */
export function prepareMerge(settings: MergeSettings): PreparedMerge {
  const method = mergeMethod(settings.method ?? USUAL_METHOD);
  const { modelB, modelC, moreModels = [] } = settings;
  const others = [...(modelC === undefined ? [] : [modelC]), ...moreModels];
  const adjust = completeAdjust(settings.adjust ?? {});
  if (modelB === undefined) requireAdjustAlone(settings);
  else requireCount(method, others);
  const a = openModel(settings.modelA);
  const b = modelB === undefined ? undefined : openModel(modelB);
  const models = [a, ...(b === undefined ? [] : [b]), ...others.map((file) => openModel(file))];
  const vae = settings.vae === undefined ? undefined : openModel(settings.vae);
  const choices = {
    dtype: settings.dtype ?? 'keep',
    positionIds: settings.positionIds ?? 'keep',
    pruneEma: settings.pruneEma ?? false,
  } as const;
  const { weights, parameters } = settings;
  const plan = planMerge({ models, vae, method, weights, parameters, adjust, ...choices });
  if (b !== undefined) requireWork(plan, a, b);
  const files = {
    ...Object.fromEntries(MODEL_LETTERS.flatMap((role, i) => (models[i] ? [[role, models[i]]] : []))),
    ...(vae && { vae }),
  };
  const recipe: MergeRecipe = {
    version: RECIPE_VERSION,
    output: settings.name ?? path.basename(settings.output, '.safetensors'),
    architecture: plan.architecture,
    method: method.name,
    ...choices,
    weights: plan.weights,
    ...(Object.keys(plan.parameters).length > 0 && { parameters: plan.parameters }),
    ...(Object.keys(adjust).length > 0 && { adjust }),
    models: sourcesOf(files, settings, () => (settings.hashes === false ? null : UNKNOWN_HASH)),
  };
  const bytes = headerFor(settings, plan, recipe, a).length + plan.dataBytes;
  return { settings, files, plan, recipe, bytes };
}

/** @throws usage error `nothing-merged`: without model B there is nothing but numbers to adjust, which may all be 0 */
function requireAdjustAlone({ weights, method, modelC, adjust }: MergeSettings): void {
  const given =
    modelC ??
    Object.keys(weights)[0] ??
    (method === undefined || method === USUAL_METHOD ? undefined : method);
  if (given === undefined && adjust !== undefined) return;
  throw usageError(
    'nothing-merged',
    given === undefined
      ? 'There is nothing to do: give model B, or what to adjust.'
      : `${given} needs a model B: give one, or give only what to adjust.`,
  );
}

/** @throws usage error `nothing-merged`: the result would be model A, whatever the weights say */
function requireWork(
  { merged, weights, mismatched, onlyInA }: MergePlan,
  a: CheckpointFile,
  b: CheckpointFile,
): void {
  if (Object.keys(merged).length > 0 || Object.values(weights).every((weight) => weight === 0)) return;
  const [example] = [...mismatched, ...onlyInA];
  if (example === undefined) {
    const blocks = Object.keys(weights).filter((name) => weights[name] !== 0);
    const many = blocks.length > 3 ? ` and ${blocks.length - 3} more` : '';
    throw usageError(
      'nothing-merged',
      `${a.path} has no tensors of ${blocks.slice(0, 3).join(', ')}${many}, and no other block has a weight: the result would be model A.`,
    );
  }
  throw usageError(
    'nothing-merged',
    `Nothing in ${b.path} fits ${a.path}: no float tensor in the blocks that have a weight has the same shape in both (not even ${quote(example)}). Give two models of the same kind.`,
  );
}

/**
 * Writes the merged checkpoint. Until everything is on the disk nothing has its name; a merge that is aborted or fails leaves no file.
 * @throws usage errors of {@link prepareMerge} and of the output's name; run errors `merge-failed`, `models-moved`, `disk-full`,
 * `checkpoint-not-finite`, `value-overflow`; the signal's reason
 */
export async function mergeCheckpoints(
  settings: MergeSettings,
  watch: MergeWatch = {},
): Promise<MergeResult> {
  const prepared = prepareMerge(settings);
  const { files, bytes } = prepared;
  const force = settings.force ?? false;
  const inputs = Object.values(files).map((file) => file.path);
  const leftovers = removeLeftovers(path.dirname(settings.output));
  checkOutput({ path: settings.output, inputs, force, bytes });
  const output = createOutput(settings.output, force);
  try {
    const { recipe, numbers } = await fill(output, prepared, watch);
    output.commit({ sync: settings.sync ?? true });
    return { ...prepared, recipe, numbers, leftovers };
  } catch (error) {
    throw explainFailure(error, settings.output, watch.signal);
  } finally {
    output.discard();
  }
}

/** Merges into an open output, all tensors by default. @returns the recipe with its hashes, and what was noticed on the way */
export async function fill(
  output: OutputFile,
  prepared: PreparedMerge,
  { signal, onProgress, kernel, workers: given }: MergeWatch,
  isWanted: (tensor: MergePlan['tensors'][number]) => boolean = () => true,
): Promise<Pick<MergeResult, 'recipe' | 'numbers'>> {
  const { files, plan, settings } = prepared;
  const sources = Object.values(files);
  const dataStart = prepared.bytes - plan.dataBytes;
  const wanted = plan.tensors.filter(isWanted);
  const tensors = wanted.map(({ job }) => ({ ...job, offset: dataStart + job.offset }));
  const handles: number[] = [];
  const stop = followAbort(signal);
  const hashing = hashFiles(toHash(prepared), stop.signal);
  // It is awaited below; a failure before that must not end the process.
  hashing.catch(() => {});
  try {
    for (const { path: file } of sources) handles.push(fs.openSync(file, 'r'));
    const { method } = prepared.recipe;
    const blocks = cutIntoBlocks(tensors, mergeMethod(method).rows);
    const findings = Findings.memoryFor(tensors.length);
    const draft = { files: handles, output: output.handle, method, tensors, blocks, findings };
    const total = tensors.reduce((sum, { count, bytesPerElement }) => sum + count * bytesPerElement, 0);
    const workers = given ?? workersFor(total);
    const coefficients = await coefficientsOf({ ...draft, coefficients: [] }, workers, signal);
    const scaled = await withScales({ ...draft, coefficients }, workers, signal);
    const job: Job = { ...draft, coefficients, tensors: scaled };
    await runPool({
      job,
      phase: 'merge',
      workers,
      kernel,
      signal,
      onProgress: (bytes) => onProgress?.({ bytes, total }),
    });
    const paths = sources.map((file) => file.path);
    const numbers = reportNumbers(wanted, paths, findings);
    if (settings.allowNonFinite !== true) requireFinite(numbers);
    const hashes = await hashing;
    const known = typeof settings.hashes === 'object' ? settings.hashes : {};
    const models = sourcesOf(files, settings, (role) => known[role] ?? hashes[role] ?? null);
    const recipe = { ...prepared.recipe, models };
    const header = headerFor(settings, plan, recipe, files.a);
    if (header.length !== dataStart) throw new Error('the header changed its length');
    writeBytes(output.handle, header, 0);
    const changed = sources.find((file) => !isUnchanged(file));
    if (changed === undefined) return { recipe, numbers };
    throw runError('models-moved', `${changed.path} changed while it was being merged: merge again.`);
  } finally {
    stop.abort();
    stop.release();
    for (const handle of handles) fs.closeSync(handle);
  }
}

/** Threads where nobody says how many: starting them takes longer than merging a block or two here. @param bytes of the output */
export function workersFor(bytes: number): number {
  return bytes <= SMALL_JOB_BYTES ? 0 : Math.min(os.availableParallelism(), MOST_WORKERS);
}

function headerFor(
  { alignment }: MergeSettings,
  plan: MergePlan,
  recipe: MergeRecipe,
  modelA: CheckpointFile | undefined,
): Uint8Array {
  return headerBytes({
    metadata: mergeMetadata(recipe, modelA?.metadata ?? new Map()),
    tensors: plan.tensors.map((tensor) => ({ ...tensor, name: tensor.stored ?? tensor.name })),
    ...(alignment === undefined ? {} : { alignment }),
  });
}

function sourcesOf(
  files: PreparedMerge['files'],
  { names }: MergeSettings,
  hashOf: (role: ModelRole) => string | null,
): MergeRecipe['models'] {
  const sources: Partial<Record<ModelRole, { file: string; sha256: string | null }>> = {};
  for (const role of MODEL_ROLES) {
    const file = files[role];
    if (file !== undefined) {
      sources[role] = { file: names?.[role] ?? path.basename(file.path), sha256: hashOf(role) };
    }
  }
  return sources;
}

/** The sources whose hash is wanted and not known. */
function toHash({ files, settings: { hashes } }: PreparedMerge): Partial<Record<ModelRole, CheckpointFile>> {
  if (hashes === false) return {};
  const unknown = Object.entries(files).filter(([role]) => !Object.hasOwn(hashes ?? {}, role));
  return Object.fromEntries(unknown);
}
