import { hashText, randomStream } from '../../random.ts';

export interface NoiseSeed {
  readonly seed: number;
  readonly subseed: number;
  /** 0..1: how far the noise lies on the way from the one seed's to the other's. */
  readonly subseedStrength: number;
}

/** Normal deviates, the same on every machine for the same seed and count. */
export function noiseOf({ seed, subseed, subseedStrength }: NoiseSeed, count: number): Float32Array {
  const noise = normals(seed, count);
  if (subseedStrength === 0) return noise;
  const other = normals(subseed, count);
  // Along the circle, so that a mixture is as strong as its parts.
  const angle = (Math.min(1, Math.max(0, subseedStrength)) * Math.PI) / 2;
  return noise.map((value, i) => Math.cos(angle) * value + Math.sin(angle) * (other[i] ?? 0));
}

function normals(seed: number, count: number): Float32Array {
  const random = randomStream(hashText(`noise|${seed}`));
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return radius * Math.cos(2 * Math.PI * random());
  });
}
