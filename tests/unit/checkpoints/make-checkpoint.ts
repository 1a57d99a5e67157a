/** Small safetensors files, made by hand: sound ones, and bytes for those that are not. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CheckpointFile } from '../../../src/checkpoints/checkpoint-file.ts';

export { temporaryFolder } from '../../helpers/temporary-folder.ts';

export const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/checkpoints');
export const UNET = 'model.diffusion_model.';

export interface RawTensor {
  readonly dtype?: string;
  readonly shape?: readonly number[];
  readonly data: ArrayBufferView;
}

/** @param padding spaces after the JSON: an odd header length moves every tensor off its alignment */
export function checkpointBytes(
  tensors: Readonly<Record<string, RawTensor>>,
  metadata: Readonly<Record<string, string>> = {},
  padding = 0,
): Buffer {
  let at = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
    const begin = at;
    at += data.byteLength;
    const size = data.byteLength / (data instanceof Float32Array ? 4 : 1);
    return [name, { dtype: dtype ?? 'F32', shape: shape ?? [size], data_offsets: [begin, at] }] as const;
  });
  const header = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  return rawCheckpoint(
    header + ' '.repeat(padding),
    Buffer.concat(Object.values(tensors).map(({ data }) => bytesOf(data))),
  );
}

export function rawCheckpoint(header: string | Buffer, data: Uint8Array = new Uint8Array()): Buffer {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

/** Every block of SD1 with a tensor of `count` random numbers, text encoder and VAE beside it. */
export function sd1Tensors(seed: number, count = 5): Record<string, RawTensor> {
  const blocks = [
    ...Array.from({ length: 12 }, (_, i) => `input_blocks.${i}.0.weight`),
    'middle_block.0.weight',
    ...Array.from({ length: 12 }, (_, i) => `output_blocks.${i}.0.weight`),
    'out.2.weight',
    'time_embed.0.weight',
  ].map((name) => UNET + name);
  const random = makeRandom(seed);
  const names = [
    ...blocks,
    'cond_stage_model.transformer.text_model.final_layer_norm.weight',
    'first_stage_model.decoder.conv_in.weight',
  ];
  return Object.fromEntries(
    names.map((name) => [name, { data: Float32Array.from({ length: count }, () => random() * 2 - 1) }]),
  );
}

/** mulberry32. */
export function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function writeTo(folder: string, name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

/** The bytes of a tensor as they lie in its file. */
export function tensorBytes(file: CheckpointFile, name: string): Buffer {
  const tensor = file.byName.get(name);
  if (tensor === undefined) throw new Error(`${file.path} has no ${name}`);
  return readFileSync(file.path).subarray(file.dataStart + tensor.begin, file.dataStart + tensor.end);
}

export function floatsOf(file: CheckpointFile, name: string): number[] {
  return [...new Float32Array(Uint8Array.from(tensorBytes(file, name)).buffer)];
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
