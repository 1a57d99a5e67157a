/** Sizes and what the second pass makes of them. */
import LISTS from '../data/lists.json' with { type: 'json' };
import { pythonError } from '../failures.ts';
import type { Txt2imgRequest } from './request.ts';

/** Beyond this the card is full. */
const LARGEST_PIXELS = 16_777_216;

export interface ImageSize {
  readonly width: number;
  readonly height: number;
  /** Label and value for the infotext; empty without a second pass. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/**
 * Size of the finished image: multiples of 8, scaled by the second pass.
 * @throws the 500s of impossible sizes, too large ones and unknown upscalers
 */
export function finishedSize(request: Txt2imgRequest): ImageSize {
  const { width, height } = request;
  if (width === null || height === null) {
    throw pythonError('TypeError', "unsupported operand type(s) for //: 'NoneType' and 'int'");
  }
  const base = { width: width - (width % 8), height: height - (height % 8), extra: {} };
  if (base.width <= 0 || base.height <= 0) {
    const padded = `${base.height / 8 + 2} x ${base.width / 8 + 2}`;
    throw pythonError(
      'RuntimeError',
      `Calculated padded input size per channel: (${padded}). Kernel size: (3 x 3). Kernel size can't be greater than actual input size`,
    );
  }
  const size = request.enable_hr === true ? secondPassSize(request, width, height) : base;
  if (size.width * size.height * (request.batch_size ?? 1) > LARGEST_PIXELS) throw outOfMemory();
  return size;
}

/** Size of what is sampled before a second pass. */
export function firstPassSize(
  { enable_hr, width, height }: Txt2imgRequest,
  finished: ImageSize,
): Pick<ImageSize, 'width' | 'height'> {
  if (enable_hr !== true || width === null || height === null) {
    return { width: finished.width, height: finished.height };
  }
  return { width: width - (width % 8), height: height - (height % 8) };
}

export function outOfMemory(): Error {
  return pythonError(
    'OutOfMemoryError',
    'CUDA out of memory. Tried to allocate 4.00 GiB. GPU 0 has a total capacity of 8.00 GiB of which 1.25 GiB is free.',
  );
}

function secondPassSize(request: Txt2imgRequest, width: number, height: number): ImageSize {
  const upscaler = request.hr_upscaler;
  const known = [...LISTS.latentUpscaleModes, ...LISTS.upscalers].some(({ name }) => name === upscaler);
  if (upscaler !== null && !known)
    throw pythonError('Exception', `could not find upscaler named ${upscaler}`);

  const [x, y] = [request.hr_resize_x ?? 0, request.hr_resize_y ?? 0];
  const scale = request.hr_scale ?? 2;
  const byScale = x === 0 && y === 0;
  const wide = byScale ? width * scale : x === 0 ? Math.floor((y * width) / height) : x;
  const tall = byScale ? height * scale : y === 0 ? Math.floor((x * height) / width) : y;
  const steps = request.hr_second_pass_steps ?? 0;
  return {
    width: Math.max(8, 8 * Math.floor(wide / 8)),
    height: Math.max(8, 8 * Math.floor(tall / 8)),
    extra: {
      'Denoising strength': request.denoising_strength ?? 0.75,
      'Hires prompt': emptyAsNull(request.hr_prompt),
      'Hires negative prompt': emptyAsNull(request.hr_negative_prompt),
      'Hires schedule type': request.hr_scheduler,
      ...(byScale ? { 'Hires upscale': scale } : { 'Hires resize': `${x}x${y}` }),
      ...(steps > 0 ? { 'Hires steps': steps } : {}),
      ...(upscaler === null ? {} : { 'Hires upscaler': upscaler }),
    },
  };
}

function emptyAsNull(text: string | null): string | null {
  return text === '' ? null : text;
}
