import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Pixels } from '../../../../src/types.ts';
import { draw, photograph, PHOTOGRAPHS } from '../images.ts';

export const FIXTURES = new URL('../../../fixtures/onnx/', import.meta.url);

export function fixtureJson<T>(file: string, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(readFileSync(new URL(file, FIXTURES), 'utf8')));
}

export const pictureSchema = z.object({
  name: z.enum([...PHOTOGRAPHS, 'pattern']),
  width: z.int(),
  height: z.int(),
});

/** The same picture as tools/scorer-fixtures/pictures.py makes. */
export async function makePicture({ name, width, height }: z.output<typeof pictureSchema>): Promise<Pixels> {
  if (name === 'pattern') return pattern(width, height);
  const photo = await photograph(name);
  const folded = (at: number, period: number): number =>
    Math.floor(at / period) % 2 === 0 ? at % period : period - 1 - (at % period);
  return draw(width, height, (x, y) => {
    const j = 3 * (folded(y, photo.height) * photo.width + folded(x, photo.width));
    return [photo.data[j] ?? 0, photo.data[j + 1] ?? 0, photo.data[j + 2] ?? 0];
  });
}

function pattern(width: number, height: number): Pixels {
  return draw(width, height, (x, y) => [
    (7 * x + 3 * y + ((x * y) >> 3)) & 255,
    ((x ^ y) * 5) & 255,
    ((x >> 2) * (y >> 1) + 11 * x) & 255,
  ]);
}

export function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
