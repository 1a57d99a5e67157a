import type { Pixels } from '../../types.ts';

/** 8-bit luma, row by row from the top left, `width * height` bytes. */
export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Rounded BT.601 luma, bit for bit that of OpenCV's RGB2GRAY: 15-bit fixed point, halves up. The rounding is part of the
 * measures: unrounded luma lowers the sharpness and noise of a clean image by several per cent.
 */
export function toGrey(pixels: Pixels): Grey {
  const { width, height, data: rgb } = pixels;
  const data = new Uint8Array(width * height);
  for (let i = 0, j = 0; i < data.length; i++, j += 3) {
    const red = rgb[j] ?? 0;
    const green = rgb[j + 1] ?? 0;
    const blue = rgb[j + 2] ?? 0;
    data[i] = (9798 * red + 19235 * green + 3735 * blue + 16384) >> 15;
  }
  return { width, height, data };
}
