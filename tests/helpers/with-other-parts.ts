/** The trained models of the tests share text encoders and VAE: one of them is given others. */
import fs from 'node:fs';
import { openCheckpoint } from '../../src/checkpoints/checkpoint-file.ts';

/**
 * Copies a file and turns the sign of every fourth number of the tensors whose keys begin so. They must be of 16 bits.
 * @returns `output`
 */
export function withOtherParts(file: string, output: string, prefixes: readonly string[]): string {
  const { tensors, dataStart } = openCheckpoint(file);
  const bytes = fs.readFileSync(file);
  for (const { name, dtype, begin, end } of tensors) {
    if (!prefixes.some((prefix) => name.startsWith(prefix))) continue;
    if (dtype.name !== 'F16') throw new Error(`${name} is ${dtype.name}`);
    for (let at = dataStart + begin; at < dataStart + end; at += 8)
      bytes[at + 1] = (bytes[at + 1] ?? 0) ^ 0x80;
  }
  fs.writeFileSync(output, bytes);
  return output;
}
