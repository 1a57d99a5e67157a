// Checkpoints of random numbers in the layouts of real ones, for benches that move gigabytes.
import fs from 'node:fs';
import { layoutOf } from './checkpoint-layouts.mjs';

const TYPES = { fp16: ['F16', 2], bf16: ['BF16', 2], fp32: ['F32', 4] };

/** Every block in the file, weights of a usual spread: what arithmetic meets in real models, and no page is empty. */
export function writeModel(file, seed, { layout, dtype, share = '1' }) {
  const [type, bytes] = TYPES[dtype];
  let at = 0;
  const header = {};
  for (const [name, shape] of shareOf(layoutOf(layout), Number(share))) {
    const end = at + shape.reduce((product, size) => product * size, 1) * bytes;
    header[name] = { dtype: type, shape, data_offsets: [at, end] };
    at = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(json.length));
  const handle = fs.openSync(file, 'w');
  fs.writeSync(handle, Buffer.concat([start, json]));
  const pool = randomCodes(seed, dtype, bytes);
  for (let left = at, turn = 0; left > 0; turn++) {
    // Another place to begin each time: no two megabytes of a file are the same.
    const from = ((turn * 7919) % 4096) * bytes;
    left -= fs.writeSync(handle, pool, from, Math.min(left, pool.length - 4096 * bytes));
  }
  fs.closeSync(handle);
  return file;
}

function randomCodes(seed, dtype, bytes) {
  const count = 2 ** 22 + 4096;
  let state = 12345 + seed;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const normal = () => 0.03 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const floats = Float32Array.from({ length: count }, normal);
  if (bytes === 4) return Buffer.from(floats.buffer);
  const patterns = new Uint32Array(floats.buffer);
  const codes = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    const pattern = patterns[i];
    const exponent = ((pattern >>> 23) & 255) - 112;
    const half = exponent <= 0 ? 0 : (exponent << 10) | ((pattern >>> 13) & 1023);
    codes[i] = dtype === 'bf16' ? pattern >>> 16 : ((pattern >>> 16) & 0x8000) | half;
  }
  return Buffer.from(codes.buffer);
}

/** Every so many matrices, the largest one, and all vectors, by which every block is there. */
function shareOf(layout, share) {
  const sizes = layout.map(([, shape]) => shape.reduce((product, size) => product * size, 1));
  const largest = sizes.indexOf(Math.max(...sizes));
  return layout.filter(([, shape], i) => i % share === 0 || i === largest || shape.length < 2);
}
