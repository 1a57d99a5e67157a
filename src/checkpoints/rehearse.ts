/** Everything that can be known of merges into a folder before the first byte is written, so that no run finds it out at its end. */
import fs from 'node:fs';
import path from 'node:path';
import { AutombwError, usageError } from '../shared/errors.ts';
import { systemReason } from '../shared/system-error.ts';
import { withoutKinds } from '../architectures/kinds.ts';
import { architectureRow, haveSameBlocks } from '../architectures/registry.ts';
import { countsInWords } from '../architectures/transformers/layout.ts';
import { uniformWeights, type Architecture } from '../space/blocks.ts';
import { titleOf } from './architecture.ts';
import { prepareMerge } from './merge.ts';
import { checkOutput } from './output-file.ts';

export interface Rehearsal {
  readonly modelA: string;
  readonly modelB: string;
  /** Where the merges go. */
  readonly folder: string;
  /** Name of a merge, without extension; that it exists is no fault. */
  readonly name: string;
  /** What the models are said to be. */
  readonly architecture: Architecture;
  /** How many merges lie there at one time. */
  readonly copies: number;
}

/**
 * @throws usage errors: what `prepareMerge` says of the models, `checkpoint-architecture`, `output-folder` (not writable),
 * `output-is-input`, `disk-full`
 */
export function rehearseMerge({ modelA, modelB, folder, name, architecture, copies }: Rehearsal): void {
  const output = path.join(folder, `${name}.safetensors`);
  checkFolder(folder);
  const weights = uniformWeights(0.5, architecture);
  const { plan, bytes } = prepareMerge({ modelA, modelB, output, weights, hashes: false });
  requireAsked(path.basename(modelA), plan.architecture, architecture);
  try {
    checkOutput({ path: output, inputs: [modelA, modelB], force: true, bytes: bytes * copies });
  } catch (error) {
    if (!(error instanceof AutombwError) || error.code !== 'disk-full') throw error;
    throw usageError(error.code, error.message, { cause: error });
  }
}

function requireAsked(file: string, found: Architecture, asked: Architecture): void {
  const [own, wanted] = [found, asked].map((id) => architectureRow(id).layout);
  if (own === undefined && wanted === undefined) {
    // SD1 and SD2 have the same blocks, and all of them the same kinds of layers.
    if (haveSameBlocks(withoutKinds(found) ?? found, withoutKinds(asked) ?? asked)) return;
    throw usageError(
      'checkpoint-architecture',
      `${file} is a model of ${found}, but the search is for ${asked}: use --architecture ${found}.`,
    );
  }
  if (found === asked) return;
  const isPruned = own !== undefined && own.family === wanted?.family;
  throw usageError(
    'checkpoint-architecture',
    isPruned
      ? `${file} has other blocks than the search is for, namely ${countsInWords(own)}: use --architecture ${found}, not ${asked}.`
      : `${file} is a model of ${titleOf(found)}, but the search is for ${titleOf(asked)}: use --architecture ${found}.`,
  );
}

/** @throws usage error `output-folder` */
export function checkFolder(folder: string): void {
  try {
    if (!fs.statSync(folder).isDirectory()) throw new Error('it is not a folder');
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
  } catch (cause) {
    throw usageError(
      'output-folder',
      `Cannot write merged checkpoints to ${folder} (${systemReason(cause)}): give the WebUI's checkpoint folder with --models-dir, and make sure that you can write to it.`,
      { cause },
    );
  }
}
