/** Looks through the numbers of models without writing anything: before a search, which would find out only at its end. */
import fs from 'node:fs';
import os from 'node:os';
import { runPool } from './kernel/worker-pool.ts';
import { Findings } from './kernel/findings.ts';
import { cutIntoBlocks, type Source, type TensorJob } from './kernel/job.ts';
import { prepareMerge, type MergeSettings } from './merge.ts';
import { reportNumbers, requireFinite, type NumberReport } from './numbers.ts';
import { sourceOf } from './plan.ts';
import type { Tensor } from '../shared/safetensors/header.ts';
import type { CheckpointFile } from './checkpoint-file.ts';

const MOST_WORKERS = 4;
/** Pairs of files that were looked through, as they were then. */
const sound = new Set<string>();

/**
 * All that `mergeCheckpoints` would refuse about two models, whatever the weights. What was found sound once is not read again.
 * @throws usage errors of `prepareMerge`; run error `checkpoint-not-finite`; the signal's reason
 */
export async function checkModels(
  settings: Omit<MergeSettings, 'output'>,
  signal: AbortSignal,
): Promise<void> {
  const { files, plan } = prepareMerge({ ...settings, output: 'o.safetensors', hashes: false });
  const models = Object.values(files);
  const key = models.map(({ path, stamp }) => `${path} ${stamp}`).join('\n');
  if (sound.has(key)) return;
  const looks = plan.tensors.flatMap(({ name, stored, dtype, shape, job }) =>
    job.sources.map((source) =>
      lookAt({ name, ...(stored !== undefined && { stored }), dtype, shape, count: job.count }, source),
    ),
  );
  requireFinite(await scan(looks, models, signal));
  sound.add(key);
}

/** Every tensor of one file. @throws the signal's reason */
export async function scanModel(file: CheckpointFile, signal?: AbortSignal): Promise<NumberReport> {
  const looks = file.tensors.map((tensor) => lookAt(tensor, sourceOf(tensor, 0, file)));
  return scan(looks, [file], signal);
}

type Look = Pick<Tensor, 'name' | 'stored' | 'dtype' | 'shape'> & { readonly job: TensorJob };

function lookAt({ name, stored, dtype, shape, count }: Omit<Tensor, 'begin' | 'end'>, source: Source): Look {
  const isFloat = source.type !== undefined;
  const job = { kind: 'check', offset: 0, bytesPerElement: 0, type: undefined } as const;
  return {
    name,
    ...(stored !== undefined && { stored }),
    dtype,
    shape,
    job: { ...job, count: isFloat ? count : 0, sources: [source] },
  };
}

async function scan(
  looks: readonly Look[],
  files: readonly CheckpointFile[],
  signal: AbortSignal | undefined,
): Promise<NumberReport> {
  const handles: number[] = [];
  try {
    for (const { path } of files) handles.push(fs.openSync(path, 'r'));
    const tensors = looks.map(({ job }) => job);
    const findings = Findings.memoryFor(tensors.length);
    const blocks = cutIntoBlocks(tensors);
    // Nothing is combined: the method does not matter.
    const job = {
      files: handles,
      output: -1,
      method: 'weighted-sum',
      tensors,
      blocks,
      coefficients: [],
      findings,
    };
    const workers = Math.min(os.availableParallelism(), MOST_WORKERS);
    await runPool({ job, phase: 'merge', workers, signal });
    const paths = files.map(({ path }) => path);
    return reportNumbers(looks, paths, findings);
  } finally {
    for (const handle of handles) fs.closeSync(handle);
  }
}
