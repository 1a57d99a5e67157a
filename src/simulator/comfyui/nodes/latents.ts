/** Latents before and between samplings. Sizes are told in pixels of the decoded image. */
import { PythonError } from '../python.ts';
import type { NodeClass } from './node.ts';
import type { LatentValue } from './values.ts';

/** A latent number stands for 8 by 8 pixels. */
const CELL = 8;
/** What the simulated machine can allocate at once; the recorded one gave up at 256 GiB. */
const MOST_BYTES = 2 ** 36;
const CHANNELS = 4;

export const emptyLatentImage: NodeClass = {
  run: (inputs) => {
    const [width, height] = [cells(inputs.number('width')), cells(inputs.number('height'))];
    const batch = inputs.number('batch_size');
    // The channels are the sampler's business: it makes as many as the model has.
    const bytes = CHANNELS * 4 * batch * (width / CELL) * (height / CELL);
    if (bytes > MOST_BYTES) {
      throw new PythonError(
        'RuntimeError',
        `[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate ${bytes} bytes. Error code 12 (Cannot allocate memory)`,
      );
    }
    const empty = { pass: null, changes: '', images: null };
    return { values: [{ kind: 'LATENT', width, height, batch, ...empty }] };
  },
};

export const latentUpscaleBy: NodeClass = {
  run: (inputs) => {
    const latent = inputs.latent('samples');
    const scale = inputs.number('scale_by');
    const [width, height] = [latent.width, latent.height].map(
      (side) => CELL * Math.round((side / CELL) * scale),
    );
    return { values: [resized(latent, inputs.text('upscale_method'), width ?? CELL, height ?? CELL)] };
  },
};

/** 0 for one side keeps the shape, 0 for both the size. */
export const latentUpscale: NodeClass = {
  run: (inputs) => {
    const latent = inputs.latent('samples');
    const [width, height] = [inputs.number('width'), inputs.number('height')];
    if (width === 0 && height === 0) return { values: [latent] };
    const ratio = latent.width / latent.height;
    const method = `${inputs.text('upscale_method')}, crop ${inputs.text('crop')}`;
    return {
      values: [resized(latent, method, cells(width || height * ratio), cells(height || width / ratio))],
    };
  },
};

function resized(latent: LatentValue, method: string, width: number, height: number): LatentValue {
  const changes = `${latent.changes}|${method} ${latent.width}x${latent.height}`;
  return { ...latent, width, height, changes, images: null };
}

function cells(pixels: number): number {
  return Math.max(CELL, CELL * Math.floor(pixels / CELL));
}
