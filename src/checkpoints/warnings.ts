/**
 * What the headers of the models say against a merge that can be written all the same: a result that no WebUI can use, or that is not
 * what its weights say. Sentences for people.
 */
import fs from 'node:fs';
import { architectureRow, blocksOf, partBlockOf, partBlocksOf } from '../architectures/registry.ts';
import type { Architecture, BlockName, BlockWeights } from '../architectures/architecture.ts';
import { readBytes } from '../shared/files/read-bytes.ts';
import { blockOf, EMA, recognise, UNET, VAE } from './architecture.ts';
import { createFloatReader } from './lora/float-reader.ts';
import type { PreparedBake } from './bake.ts';
import type { PreparedMerge } from './merge.ts';
import { MODEL_LETTERS } from './metadata.ts';
import { describePrediction, namePrediction, predictionOf, predictionOfLora } from './prediction.ts';
import type { CheckpointFile } from './checkpoint-file.ts';
import { quote } from '../shared/safetensors/strict-json.ts';
import { counted, nounFor } from '../shared/counted.ts';

export function warningsOfMerge({ files, plan, recipe, settings }: PreparedMerge): string[] {
  const { a, b } = files;
  if (a === undefined) return [];
  const models = MODEL_LETTERS.flatMap((role) => files[role] ?? []);
  // Files of a transformer alone are the usual ones, and all of them predict the same.
  const isTransformer = architectureRow(plan.architecture).layout !== undefined;
  return [
    ...(isTransformer ? [] : predictions(models, plan.architecture)),
    ...(b === undefined ? [] : sameFile(a, b)),
    ...variants(models, isTransformer),
    ...leftAtA(plan),
    ...onlyInB(plan),
    ...unmovedParts(a, plan, files.vae),
    ...(isTransformer || b === undefined ? [] : missingParts(a, b, plan, files.vae !== undefined)),
    ...(settings.pruneEma !== true && a.tensors.some(({ name }) => name.startsWith(EMA))
      ? [
          `${a.path} contains an EMA copy of its weights, which is not merged: programs that load the copy get plain model A. Drop it with --prune-ema.`,
        ]
      : []),
    ...(recipe.positionIds === 'keep' ? wrongPositions(a) : []),
    ...configBeside(a, settings.output),
  ];
}

/** The same for a model and LoRAs. */
export function warningsOfBake({ files: [model, ...loras], plan, settings }: PreparedBake): string[] {
  const own = predictionOf(model, plan.architecture);
  const isTransformer = architectureRow(plan.architecture).layout !== undefined;
  const others = (isTransformer ? [] : loras).flatMap((lora) => {
    const { kind, sign } = predictionOfLora(lora);
    if (sign === undefined || kind === own.kind) return [];
    return [
      `${lora.path} was trained on a model that predicts ${describePrediction({ kind, sign })}, but ${model.path} predicts ${describePrediction(own)}: the images may be ruined.`,
    ];
  });
  return [...others, ...wrongPositions(model), ...configBeside(model, settings.output)];
}

/** A WebUI reads how a model is to be used from a file of its name beside it, if there is one. */
function configBeside({ path: file }: CheckpointFile, output: string): string[] {
  const config = file.replace(/\.safetensors$/, '.yaml');
  const wanted = output.replace(/\.safetensors$/, '.yaml');
  if (config === file || !fs.existsSync(config) || fs.existsSync(wanted)) return [];
  return [`${config} tells the WebUI how to use that model; the result needs it too: copy it to ${wanted}.`];
}

function predictions(
  models: readonly CheckpointFile[],
  architecture: PreparedMerge['plan']['architecture'],
): string[] {
  const found = models.map((file) => ({ file, prediction: predictionOf(file, architecture) }));
  const [a, ...others] = found;
  if (a === undefined) return [];
  const { takenFor, isZeroTerminal } = a.prediction;
  const isHidden = architectureRow(architecture).hidesPrediction === true;
  if (others.some(({ prediction }) => prediction.kind !== a.prediction.kind)) {
    const each = found.map(
      ({ file, prediction }) => `${file.path} predicts ${describePrediction(prediction)}`,
    );
    const taken = isHidden
      ? 'The WebUI will guess from the merged weights what the result predicts.'
      : `The result has model A's keys, so the WebUI will assume that it predicts ${namePrediction(takenFor)}, whatever the weights are.`;
    return [
      `The models predict different things: ${each.join('; ')}. Their blocks do not fit together; images of a mix are mostly grey, burnt or noise. ${taken}`,
    ];
  }
  if (a.prediction.kind !== takenFor && !isHidden) {
    return [
      `The models predict ${describePrediction(a.prediction)}, but model A has no key that says so: the WebUI will assume that the result predicts ${namePrediction(takenFor)}. Correct that with a .yaml file of the same name next to the result.`,
    ];
  }
  const other = others.find(({ prediction }) => prediction.isZeroTerminal !== isZeroTerminal);
  if (other === undefined) return [];
  const [yes, no] = isZeroTerminal ? [a.file, other.file] : [other.file, a.file];
  return [
    `${yes.path} was trained with zero terminal SNR (ztsnr), but ${no.path} was not: the result ${isZeroTerminal ? 'says so' : 'does not say so'}, like model A.`,
  ];
}

function sameFile(a: CheckpointFile, b: CheckpointFile): string[] {
  if (a.stamp === '' || a.stamp !== b.stamp) return [];
  return [`Model A and model B are the same file: whatever the weights are, the result is model A.`];
}

function variants(models: readonly CheckpointFile[], isTransformer: boolean): string[] {
  const found = models.map((file) => {
    const recognised = recognise(file);
    return { file, variant: recognised.kind === 'checkpoint' ? recognised.variant : undefined };
  });
  if (new Set(found.map(({ variant }) => variant)).size < 2) return [];
  const each = found.map(
    ({ file, variant }) =>
      `${file.path} is ${variant === undefined ? 'an ordinary model' : isTransformer ? `one of ${variant}` : `a model for ${variant}`}`,
  );
  return [
    `The models take different inputs: ${each.join('; ')}. Model A's first layer is kept as it is; use the result like model A.`,
  ];
}

function weightedBlock(
  name: string,
  architecture: Architecture,
  weights: BlockWeights,
): BlockName | undefined {
  return blockOf(name, architecture) ?? partBlockOf(name, architecture, weights);
}

function leftAtA({ onlyInA, mismatched, architecture, weights }: PreparedMerge['plan']): string[] {
  const left = [...onlyInA, ...mismatched].filter((name) => {
    const block = weightedBlock(name, architecture, weights);
    return block !== undefined && (weights[block] ?? 0) !== 0;
  });
  if (left.length === 0) return [];
  const blocks = new Set(left.map((name) => weightedBlock(name, architecture, weights)));
  return [
    `${counted(left.length, 'tensor')} of ${[...blocks].join(', ')} ${nounFor(left.length, 'keeps', 'keep')} model A's values although these blocks have weights: the other model lacks them, or has them in another shape (${listed(left)}).`,
  ];
}

function onlyInB({ onlyInB: names, architecture, weights }: PreparedMerge['plan']): string[] {
  const left = names.filter((name) => {
    const block = weightedBlock(name, architecture, weights);
    return block !== undefined && (weights[block] ?? 0) !== 0;
  });
  if (left.length === 0) return [];
  return [
    `Only model B has ${counted(left.length, 'tensor')} of the merged blocks; without them in the result, those blocks are incomplete (${listed(left)}).`,
  ];
}

/** Weights of text encoders and VAE that nothing follows. */
function unmovedParts(
  a: CheckpointFile,
  { architecture, weights, merged }: PreparedMerge['plan'],
  vae: CheckpointFile | undefined,
): string[] {
  return partBlocksOf(architecture).flatMap(({ name, prefixes, layers }) => {
    const given = [name, ...layers].filter((block) => (weights[block] ?? 0) !== 0);
    if (given.length === 0 || given.some((block) => merged[block] !== undefined)) return [];
    if (layers.length === 0 && vae !== undefined)
      return [`The VAE comes from ${vae.path}, whatever the weight of ${name} is.`];
    return a.tensors.some((tensor) => prefixes.some((prefix) => tensor.name.startsWith(prefix)))
      ? []
      : [`${a.path} has no tensors of ${name} (${prefixes.join('… or ')}…), so its weight has no effect.`];
  });
}

function missingParts(
  a: CheckpointFile,
  b: CheckpointFile,
  { architecture }: PreparedMerge['plan'],
  hasOtherVae: boolean,
): string[] {
  const encoders = architectureRow(architecture).textEncoders.map(({ prefix }) => prefix);
  const has = (file: CheckpointFile, prefix: string): boolean =>
    file.tensors.some(({ name }) => name.startsWith(prefix));
  const parts = [
    ...encoders.map((prefix, i) => ({
      prefix,
      what: encoders.length === 1 ? 'text encoder' : `text encoder ${i + 1}`,
      isFull: false,
    })),
    ...(hasOtherVae ? [] : [{ prefix: `${VAE}decoder.`, what: 'VAE', isFull: true }]),
  ].filter(({ prefix }) => !has(a, prefix));
  const blocks = blocksOf(architecture).filter(
    (block) => !a.tensors.some(({ name }) => blockOf(name, architecture) === block),
  );
  return [
    ...parts.map(({ prefix, what, isFull }) => {
      const advice = isFull
        ? 'a WebUI needs a separate VAE for it; add one with --vae'
        : 'most WebUIs cannot load it as a checkpoint';
      const swap = has(b, prefix) ? `; model B has ${isFull ? 'one' : 'it'}` : '';
      return `${a.path} has no ${what} (${prefix}…), so the result has none either: ${advice}${swap}.`;
    }),
    ...(blocks.length > 0
      ? [
          `${a.path} has no tensors for the ${nounFor(blocks.length, 'block')} ${blocks.join(', ')}, so the result has none either: it is not a complete model.`,
        ]
      : []),
  ];
}

const POSITION_IDS = /^(cond_stage_model|conditioner)\..*\.position_ids$/;

/** The numbers 0 to 76; merges of other programs left fractions there, which become the wrong places. */
function wrongPositions(file: CheckpointFile): string[] {
  const tensor = file.tensors.find(({ name }) => POSITION_IDS.test(name));
  if (tensor === undefined || tensor.count > 1000) return [];
  const handle = fs.openSync(file.path, 'r');
  try {
    const offset = file.dataStart + tensor.begin;
    const values =
      wholeNumbers(handle, offset, tensor.dtype.name, tensor.count) ??
      (tensor.dtype.float === undefined
        ? []
        : [...createFloatReader()(handle, { offset, count: tensor.count, type: tensor.dtype.float })]);
    const wrong = values.filter((value, i) => value !== i).length;
    if (wrong === 0) return [];
    return [
      `${wrong} of the ${values.length} numbers in ${quote(tensor.name)} of ${file.path} are not 0, 1, 2, …: the text encoder would misplace words. Fix them with autombw merge --position-ids fix.`,
    ];
  } finally {
    fs.closeSync(handle);
  }
}

function wholeNumbers(handle: number, offset: number, type: string, count: number): number[] | undefined {
  if (type !== 'I64' && type !== 'I32') return undefined;
  const width = type === 'I64' ? 8 : 4;
  const bytes = Buffer.alloc(width * count);
  readBytes(handle, bytes, offset);
  return Array.from({ length: count }, (_, i) =>
    width === 8 ? Number(bytes.readBigInt64LE(8 * i)) : bytes.readInt32LE(4 * i),
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => quote(name.replace(UNET, '')));
  return `${shown.join(', ')}${names.length > 3 ? ' …' : ''}`;
}
