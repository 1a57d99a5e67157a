/**
 * How many numbers each block of Stable Diffusion's UNets holds, from the shapes that all files of a family share. A file with other input
 * channels (inpainting) differs in `IN00` alone.
 */
import type { Architecture, BlockName } from './architecture.ts';

interface UNetShape {
  /** Channels of each level, in multiples of {@link WIDTH}. */
  readonly levels: readonly number[];
  /** Transformer blocks of each level's attention; 0 = none. */
  readonly depths: readonly number[];
  readonly middleDepth: number;
  /** Width of the text encoder. */
  readonly context: number;
  /** Numbers that say what the size of the image is; 0 = none. */
  readonly labels: number;
}

const WIDTH = 320;
const EMBEDDING = 4 * WIDTH;
/** Channels of the latent image. */
const LATENT = 4;
/** Residual blocks of a level on the way down; on the way up there is one more. */
const RESIDUALS = 2;

const SD1: UNetShape = {
  levels: [1, 2, 4, 4],
  depths: [1, 1, 1, 0],
  middleDepth: 1,
  context: 768,
  labels: 0,
};
const SHAPES: Readonly<Record<Architecture, UNetShape>> = {
  sd1: SD1,
  sd2: { ...SD1, context: 1024 },
  sdxl: { levels: [1, 2, 4], depths: [0, 2, 10], middleDepth: 10, context: 2048, labels: 2816 },
};

/** Undefined for a family whose shapes differ from file to file. */
export function unetParameters(architecture: Architecture): Readonly<Record<BlockName, number>> | undefined {
  const shape = Object.hasOwn(SHAPES, architecture) ? SHAPES[architecture] : undefined;
  return shape && count(shape);
}

function count({ levels, depths, middleDepth, context, labels }: UNetShape): Record<BlockName, number> {
  const blocks: Record<BlockName, number> = { IN00: convolution(LATENT, WIDTH) };
  /** Channels that skip connections carry, in the order of the input blocks. */
  const skips = [WIDTH];
  let channels = WIDTH;
  const add = (side: 'IN' | 'OUT', number: number, parameters: number): void => {
    blocks[`${side}${String(number).padStart(2, '0')}`] = parameters;
  };
  for (const [level, multiple] of levels.entries()) {
    const wide = multiple * WIDTH;
    for (let i = 0; i < RESIDUALS; i++) {
      add('IN', skips.length, residual(channels, wide) + attention(wide, depths[level] ?? 0, context));
      channels = wide;
      skips.push(channels);
    }
    if (level === levels.length - 1) continue;
    add('IN', skips.length, convolution(channels, channels));
    skips.push(channels);
  }
  blocks['M00'] = 2 * residual(channels, channels) + attention(channels, middleDepth, context);
  let number = 0;
  for (const [level, multiple] of [...levels.entries()].toReversed()) {
    const wide = multiple * WIDTH;
    for (let i = 0; i <= RESIDUALS; i++) {
      const upsampling = level > 0 && i === RESIDUALS ? convolution(wide, wide) : 0;
      const skipped = skips.pop() ?? 0;
      const own = residual(channels + skipped, wide) + attention(wide, depths[level] ?? 0, context);
      add('OUT', number++, own + upsampling);
      channels = wide;
    }
  }
  blocks['OUT'] = 2 * WIDTH + convolution(WIDTH, LATENT);
  blocks['TIME_EMBED'] = linear(WIDTH, EMBEDDING) + linear(EMBEDDING, EMBEDDING);
  if (labels > 0) blocks['LABEL_EMB'] = linear(labels, EMBEDDING) + linear(EMBEDDING, EMBEDDING);
  return blocks;
}

function linear(from: number, to: number): number {
  return from * to + to;
}

/** 3 × 3. */
function convolution(from: number, to: number): number {
  return 9 * from * to + to;
}

function residual(from: number, to: number): number {
  const skip = from === to ? 0 : linear(from, to);
  return 2 * from + convolution(from, to) + linear(EMBEDDING, to) + 2 * to + convolution(to, to) + skip;
}

/** @param depth 0 = no attention */
function attention(width: number, depth: number, context: number): number {
  if (depth === 0) return 0;
  const itself = 3 * width * width + linear(width, width);
  const text = width * width + 2 * context * width + linear(width, width);
  const forward = linear(width, 8 * width) + linear(4 * width, width);
  const norms = 3 * 2 * width;
  return 2 * width + 2 * linear(width, width) + depth * (itself + text + forward + norms);
}
