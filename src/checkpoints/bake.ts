/** Bakes LoRAs into a checkpoint: plan, output, threads, metadata, name. Memory does not depend on the size of the model. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { followAbort } from '../shared/abort/follow-abort.ts';
import { runError } from '../shared/errors.ts';
import { bakeMetadata, makeBakeRecipe, type BakeRecipe } from './bake-metadata.ts';
import { planBake, type BakePlan } from './bake-plan.ts';
import { explainFailure } from './failure.ts';
import { writeBytes } from '../shared/files/write-bytes.ts';
import { hashFiles } from '../shared/hashes/file-hash.ts';
import { runPool } from './kernel/worker-pool.ts';
import { openModel } from './companions/model-file.ts';
import { Findings } from './kernel/findings.ts';
import { cutIntoBlocks, type Job } from './kernel/job.ts';
import type { LoraArgument } from './lora/argument.ts';
import { requireFiniteLora, requireMatched } from './lora/check-numbers.ts';
import { openLora } from './lora/lora-file.ts';
import type { MergeWatch } from './merge.ts';
import { reportNumbers, requireFinite, type NumberReport } from './numbers.ts';
import { checkOutput, createOutput, removeLeftovers, type OutputFile } from './output-file.ts';
import type { PlainType } from './plan.ts';
import { isUnchanged } from '../shared/hashes/stamp.ts';
import type { CheckpointFile } from './checkpoint-file.ts';
import { headerBytes } from '../shared/safetensors/write.ts';

export interface BakeSettings {
  readonly model: string;
  /** Its name in the metadata where that is not the file's. */
  readonly modelName?: string | undefined;
  readonly loras: readonly LoraArgument[];
  /** Path of the new file, ending in .safetensors. */
  readonly output: string;
  readonly dtype?: PlainType | undefined;
  /** Bakes also what holds NaN or infinities, or becomes too large for the output's type. */
  readonly allowNonFinite?: boolean | undefined;
  /** Bakes a LoRA of which some modules fit no tensor of the model. */
  readonly allowUnmatched?: boolean | undefined;
  /** Replaces an existing output. */
  readonly force?: boolean | undefined;
  /** SHA-256 of model and LoRAs for the metadata; computed beside the work unless `false`. */
  readonly hashes?: boolean | undefined;
}

/** All files opened as far as their headers, and what would be done with them. */
export interface PreparedBake {
  readonly settings: BakeSettings;
  /** The model, then the LoRAs. */
  readonly files: readonly [CheckpointFile, ...CheckpointFile[]];
  readonly plan: BakePlan;
  /** Without hashes. */
  readonly recipe: BakeRecipe;
  /** Bytes of the output. */
  readonly bytes: number;
}

export interface BakeResult extends PreparedBake {
  /** With hashes. */
  readonly recipe: BakeRecipe;
  readonly numbers: NumberReport;
  /** Temporary files of killed runs that were removed from the folder. */
  readonly leftovers: readonly string[];
}

/** As long as a real one: the header is laid out before the hashes are known. */
const UNKNOWN_HASH = '0'.repeat(64);
const MOST_WORKERS = 4;

/**
 * Opens and checks everything without touching the disk: what a dry run shows.
 * @throws usage errors of the files and of `planBake`; `lora-unsupported`, `lora-invalid`
 */
export function prepareBake(settings: BakeSettings): PreparedBake {
  const { dtype = 'keep', hashes } = settings;
  const model = openModel(settings.model);
  const loras = settings.loras.map((argument) => ({ argument, file: openLora(argument.file) }));
  const plan = planBake({ model, loras, dtype });
  const files = [model, ...loras.map(({ file }) => file)] as const;
  const recipe = recipeOf(settings, plan, () => (hashes === false ? null : UNKNOWN_HASH));
  const bytes = headerFor(settings, plan, recipe, model).length + plan.dataBytes;
  return { settings, files, plan, recipe, bytes };
}

/**
 * What a bake refuses although it could be written: modules that would be left out, numbers of LoRAs that are not finite.
 * @throws run errors `lora-unmatched`, `lora-not-finite`
 */
export function checkBake({ plan, files: [model], settings }: PreparedBake): void {
  for (const lora of plan.loras) {
    if (settings.allowUnmatched !== true) requireMatched(lora, model);
    if (settings.allowNonFinite !== true) requireFiniteLora(lora);
  }
}

/**
 * Writes the new checkpoint. Until everything is on the disk nothing has its name; what is aborted or fails leaves no file.
 * @throws usage errors of {@link prepareBake} and of the output's name; run errors of {@link checkBake},
 * `checkpoint-not-finite`, `value-overflow`, `merge-failed`, `models-moved`, `disk-full`; the signal's reason
 */
export async function bakeLoras(settings: BakeSettings, watch: MergeWatch = {}): Promise<BakeResult> {
  const prepared = prepareBake(settings);
  checkBake(prepared);
  const { files, bytes } = prepared;
  const force = settings.force ?? false;
  const leftovers = removeLeftovers(path.dirname(settings.output));
  checkOutput({ path: settings.output, inputs: files.map((file) => file.path), force, bytes });
  const output = createOutput(settings.output, force);
  try {
    const { recipe, numbers } = await fill(output, prepared, watch);
    output.commit();
    return { ...prepared, recipe, numbers, leftovers };
  } catch (error) {
    throw explainFailure(error, settings.output, watch.signal);
  } finally {
    output.discard();
  }
}

/** @returns the recipe with its hashes, and what was noticed on the way */
async function fill(
  output: OutputFile,
  { settings, files, plan, bytes }: PreparedBake,
  { signal, onProgress, kernel, workers = Math.min(os.availableParallelism(), MOST_WORKERS) }: MergeWatch,
): Promise<Pick<BakeResult, 'recipe' | 'numbers'>> {
  const dataStart = bytes - plan.dataBytes;
  const handles: number[] = [];
  const stop = followAbort(signal);
  const toHash = settings.hashes === false ? {} : Object.fromEntries(files.map((file) => [file.path, file]));
  const hashing = hashFiles(toHash, stop.signal);
  // It is awaited below; a failure before that must not end the process.
  hashing.catch(() => {});
  try {
    for (const { path: file } of files) handles.push(fs.openSync(file, 'r'));
    const tensors = plan.tensors.map(({ job }) => ({ ...job, offset: dataStart + job.offset }));
    const blocks = cutIntoBlocks(tensors);
    // Nothing is combined: the method does not matter.
    const job: Job = {
      files: handles,
      output: output.handle,
      method: 'weighted-sum',
      tensors,
      blocks,
      coefficients: [],
      findings: Findings.memoryFor(tensors.length),
    };
    const total = plan.dataBytes;
    await runPool({
      job,
      phase: 'merge',
      workers,
      kernel,
      signal,
      onProgress: (done) => onProgress?.({ bytes: done, total }),
    });
    const paths = files.map((file) => file.path);
    const numbers = reportNumbers(plan.tensors, paths, job.findings);
    if (settings.allowNonFinite !== true) requireFinite(numbers);
    const hashes = await hashing;
    const recipe = recipeOf(settings, plan, (file) => hashes[file] ?? null);
    const header = headerFor(settings, plan, recipe, files[0]);
    if (header.length !== dataStart) throw new Error('the header changed its length');
    writeBytes(output.handle, header, 0);
    const changed = files.find((file) => !isUnchanged(file));
    if (changed === undefined) return { recipe, numbers };
    throw runError('models-moved', `${changed.path} changed while it was being read: bake again.`);
  } finally {
    stop.abort();
    stop.release();
    for (const handle of handles) fs.closeSync(handle);
  }
}

function recipeOf(
  { model, modelName, dtype = 'keep' }: BakeSettings,
  { loras }: BakePlan,
  hashOf: (file: string) => string | null,
): BakeRecipe {
  const sourceOf = (file: string): { file: string; sha256: string | null } => ({
    file: path.basename(file),
    sha256: hashOf(file),
  });
  return makeBakeRecipe({
    model: { ...sourceOf(model), ...(modelName !== undefined && { file: modelName }) },
    loras: loras.map(({ file, strength, weights }) => ({
      ...sourceOf(file.path),
      strength,
      weights: weights ?? null,
    })),
    dtype,
  });
}

function headerFor(
  { output }: BakeSettings,
  { architecture, tensors }: BakePlan,
  recipe: BakeRecipe,
  model: CheckpointFile,
): Uint8Array {
  const name = path.basename(output, '.safetensors');
  return headerBytes({
    metadata: bakeMetadata(recipe, name, architecture, model.metadata),
    tensors: tensors.map((tensor) => ({ ...tensor, name: tensor.stored ?? tensor.name })),
  });
}
