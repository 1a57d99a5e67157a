/**
 * bayesian-merger (2023-08): one call merges two files, and puts the result into memory under the first one's name or
 * into a file. It waits for nobody, and every merge into memory makes a new UNet object.
 */
import path from 'node:path';
import { WEIGHT_ORDERS } from '../../../architectures/sd-lists.ts';
import type { BlockName } from '../../../space/blocks.ts';
import { blockOfKey } from '../../models/blocks.ts';
import type { ModelFile } from '../../models/model-folder.ts';
import { interpolate } from '../../models/state-dict.ts';
import type { StateDict } from '../../models/state-dict.ts';
import type { Checkpoint } from '../checkpoints.ts';
import { pythonError, ReplyFailure } from '../failures.ts';
import { METHODS, METHODS_OF_THREE, readMergeRequest } from './bayesian-merger-request.ts';
import type { MergeRequest } from './bayesian-merger-request.ts';
import type { ExtensionHost, WebuiExtension } from './extension.ts';

export function bayesianMerger(host: ExtensionHost): WebuiExtension {
  return {
    folder: 'sd-webui-bayesian-merger',
    calls: [{ path: '/bbwm/merge-models', answer: (body) => mergeModels(host, readMergeRequest(body)) }],
  };
}

function mergeModels(host: ExtensionHost, request: MergeRequest): null {
  const { table } = host;
  if (!METHODS.has(request.method)) throw refused('Merge method is not defined');
  // By the name of the file alone; the file itself is read by its path.
  const entry = table.byAlias(request.modelA) ?? table.byAlias(path.basename(request.modelA));
  if (entry === undefined || (request.modelA.startsWith('/') && entry.file.path !== request.modelA)) {
    throw refused('Could not find checkpoint alias for model A');
  }
  checkDestination(host, request.destination, entry);
  const a = readFile(host, request.modelA);
  const b = readFile(host, request.modelB);
  if (request.device !== 'cpu') throw pythonError('RuntimeError', NO_CARD);
  if (METHODS_OF_THREE.has(request.method) && request.modelC === undefined) {
    throw pythonError('TypeError', `${request.method}() missing 1 required positional argument: 'c'`);
  }
  if (request.method !== 'weighted_sum') {
    throw pythonError('NotImplementedError', 'the simulator knows weighted_sum only');
  }
  const merged = weightedSum(host, request, a, b);
  if (request.destination === 'memory') putIntoMemory(host, entry, a, merged);
  else writeFile(host, request.destination, merged);
  return null;
}

/** `time_embed.` goes with the first number, `out.` with the last; all that is no block with `base_alpha`. */
function weightedSum(
  { architecture }: ExtensionHost,
  { alpha, baseAlpha, precision }: MergeRequest,
  a: ModelFile,
  b: ModelFile,
): StateDict {
  const order: readonly BlockName[] = WEIGHT_ORDERS.preset;
  const weights = alpha ?? order.map(() => baseAlpha);
  if (weights.length < order.length) throw pythonError('IndexError', 'list index out of range');
  const merged = interpolate(a.tensors, a.tensors, b.tensors, (key) => {
    const block = blockOfKey(key, architecture);
    if (block === undefined) return baseAlpha;
    if (block === 'TIME_EMBED') return weights[0];
    return weights[block === 'OUT' ? order.length - 1 : order.indexOf(block)];
  });
  return precision === 16 ? inHalf(merged) : merged;
}

/** Every number as float16 has it, also those that no weight has moved. */
function inHalf(model: StateDict): StateDict {
  return new Map([...model].map(([key, { shape, data }]) => [key, { shape, data: data.map(toHalf) }]));
}

function toHalf(value: number): number {
  if (value === 0) return value;
  const step = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value)))) - 10);
  return Math.round(value / step) * step;
}

function putIntoMemory(
  { memory, noteCheckpoint }: ExtensionHost,
  entry: Checkpoint,
  contents: ModelFile,
  model: StateDict,
): void {
  entry.sha256 = contents.sha256;
  Object.assign(memory, { checkpoint: entry, contents, model, damaged: false });
  memory.unetObject++;
  noteCheckpoint();
}

function writeFile({ table }: ExtensionHost, destination: string, model: StateDict): void {
  if (!destination.endsWith('.safetensors')) {
    throw pythonError('NotImplementedError', 'the simulator writes safetensors only');
  }
  table.write(path.basename(destination, '.safetensors'), model, null);
  table.refresh();
}

function checkDestination({ table }: ExtensionHost, destination: string, entry: Checkpoint): void {
  if (destination === 'memory') return;
  if (!path.isAbsolute(destination)) {
    throw pythonError(
      'ValueError',
      `'${destination}' is not in the subpath of '${entry.file.path}' OR one path is relative and the other is absolute.`,
    );
  }
  if (path.dirname(destination) !== table.folder.path) {
    throw refused('Destination parent directory does not exist');
  }
}

function readFile({ table }: ExtensionHost, file: string): ModelFile {
  const entry = table.list.find((one) => one.file.path === file);
  const contents = entry && table.read(entry);
  if (contents === undefined) {
    throw pythonError('FileNotFoundError', `No such file or directory: "${file}"`);
  }
  return contents;
}

/** An HTTPException of an extension says everything twice. */
function refused(detail: string): ReplyFailure {
  return new ReplyFailure(422, {
    error: 'HTTPException',
    detail,
    body: '',
    errors: `(422, '${detail}')`,
  });
}

const NO_CARD =
  'Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and installed a driver from http://www.nvidia.com/Download/index.aspx';
