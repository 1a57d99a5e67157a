/**
 * What the UNet of a checkpoint predicts. Programs that load it look for keys without numbers in them (`v_pred`, `ztsnr`,
 * `edm_vpred.…`), for SD2 at the spread of one bias; trainers write it into the metadata, which hardly any of them reads.
 */
import fs from 'node:fs';
import type { Architecture } from '../architectures/architecture.ts';
import { architectureRow } from '../architectures/registry.ts';
import { UNET } from './architecture.ts';
import { createFloatReader } from './lora/float-reader.ts';
import { sourceOf } from './plan.ts';
import type { CheckpointFile } from './checkpoint-file.ts';
import { printable } from '../shared/safetensors/strict-json.ts';

export type PredictionKind = 'noise' | 'v' | 'EDM' | 'v (EDM)' | 'flow' | 'the image itself';

export interface Prediction {
  readonly kind: PredictionKind;
  /** What says so, in words; undefined where nothing says anything, which means noise. */
  readonly sign: string | undefined;
  /** Trained down to a signal of zero, as a key or the metadata say. */
  readonly isZeroTerminal: boolean;
  /** What programs take it for that look at keys and numbers alone. */
  readonly takenFor: PredictionKind;
}

export function predictionOf(file: CheckpointFile, architecture: Architecture): Prediction {
  const { byName, metadata } = file;
  const isZeroTerminal = byName.has('ztsnr') || isTrue(metadata.get('ss_zero_terminal_snr'));
  const byKey =
    signOfKeys(file) ??
    (architectureRow(architecture).hidesPrediction === true ? signOfNumbers(file) : undefined);
  const takenFor = byKey?.kind ?? 'noise';
  const found = byKey ?? signOfMetadata(metadata);
  return { kind: found?.kind ?? 'noise', sign: found?.sign, isZeroTerminal, takenFor };
}

/** What the model predicted that a LoRA was trained on, as its metadata say. */
export function predictionOfLora({ metadata }: CheckpointFile): Pick<Prediction, 'kind' | 'sign'> {
  const found = signOfMetadata(metadata);
  if (found !== undefined) return found;
  const isKnown = /^(false|0|no)$/i.test(metadata.get('ss_v_parameterization') ?? '');
  return { kind: 'noise', sign: isKnown ? 'ss_v_parameterization in its metadata' : undefined };
}

export function namePrediction(kind: PredictionKind): string {
  return kind === 'noise' ? 'noise (epsilon)' : kind;
}

/** "v (its key v_pred)" */
export function describePrediction({ kind, sign }: Pick<Prediction, 'kind' | 'sign'>): string {
  const why = sign ?? 'the file does not say otherwise';
  return kind === 'noise' ? `noise (epsilon: ${why})` : `${kind} (${why})`;
}

interface Sign {
  readonly kind: PredictionKind;
  readonly sign: string;
}

function signOfKeys({ byName, tensors }: CheckpointFile): Sign | undefined {
  if (byName.has('edm_mean')) return { kind: 'EDM', sign: 'its key edm_mean' };
  const edm = tensors.find(({ name }) => name.startsWith('edm_vpred.'));
  if (edm !== undefined) return { kind: 'v (EDM)', sign: `its key ${printable(edm.name)}` };
  return byName.has('v_pred') ? { kind: 'v', sign: 'its key v_pred' } : undefined;
}

/** Two of the model specification (the second of its older form, which ComfyUI writes), and those of trainers and of diffusers. */
const TYPE_KEYS = [
  'modelspec.prediction_type',
  'modelspec.predict_key',
  'ss_prediction_type',
  'prediction_type',
];
const TYPES: readonly (readonly [pattern: RegExp, kind: PredictionKind])[] = [
  [/^(v|velocity)([-_ ]?(pred\w*|param\w*))?$/i, 'v'],
  [/^(eps(ilon)?|noise)([-_ ]?pred\w*)?$/i, 'noise'],
  [/^(rectified[-_ ]?)?flow([-_ ]?(match\w*|pred\w*))?$|^rf$/i, 'flow'],
  [/^(x0?|(original_)?sample)([-_ ]?pred\w*)?$/i, 'the image itself'],
];

function signOfMetadata(metadata: ReadonlyMap<string, string>): Sign | undefined {
  for (const key of TYPE_KEYS) {
    const type = metadata.get(key)?.trim() ?? '';
    const kind = TYPES.find(([pattern]) => pattern.test(type))?.[1];
    if (kind !== undefined) return { kind, sign: `${key} "${type}" in its metadata` };
  }
  if (isTrue(metadata.get('ss_v_parameterization')))
    return { kind: 'v', sign: 'ss_v_parameterization in its metadata' };
  const architecture = metadata.get('modelspec.architecture') ?? '';
  if (/768-v(\b|-)/.test(architecture)) return { kind: 'v', sign: `modelspec.architecture in its metadata` };
  return undefined;
}

const SD2_BIAS = `${UNET}output_blocks.11.1.transformer_blocks.0.norm1.bias`;
const SD2_SPREAD = 0.09;

function signOfNumbers(file: CheckpointFile): Sign | undefined {
  const tensor = file.byName.get(SD2_BIAS);
  if (tensor?.dtype.float === undefined || tensor.count === 0) return undefined;
  const { type = tensor.dtype.float, ...source } = sourceOf(tensor, 0, file);
  const handle = fs.openSync(file.path, 'r');
  try {
    const values = createFloatReader()(handle, { ...source, type, count: tensor.count });
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    return {
      kind: spread > SD2_SPREAD ? 'v' : 'noise',
      sign: 'the spread of its last bias, which distinguishes SD2 models',
    };
  } finally {
    fs.closeSync(handle);
  }
}

function isTrue(text: string | undefined): boolean {
  return /^(true|1|yes)$/i.test(text ?? '');
}
