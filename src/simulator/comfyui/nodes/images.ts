/** What is done with finished images: scaled, shown, saved, sent. */
import { encodePng } from '../../png.ts';
import type { Pixels } from '../../../types.ts';
import { placeOf } from '../image-files.ts';
import type { Place } from '../image-files.ts';
import { writeJson } from '../json.ts';
import type { ImageName } from '../run/history.ts';
import type { NodeClass, NodeTools } from './node.ts';
import type { ImageValue } from './values.ts';

export const previewImage: NodeClass = {
  run: async (inputs, tools) => {
    const place = { subfolder: '', stem: `ComfyUI_temp_${tools.tempLetters()}` };
    return { values: [], ui: { images: await writeAll(inputs.image('images'), place, 'temp', tools) } };
  },
};

export const saveImage: NodeClass = {
  run: async (inputs, tools) => {
    const place = placeOf(inputs.text('filename_prefix'));
    return { values: [], ui: { images: await writeAll(inputs.image('images'), place, 'output', tools) } };
  },
};

/** Nothing on disk, nothing in the history, and no text in the PNG. */
export const saveImageWebsocket: NodeClass = {
  alwaysRuns: true,
  run: async (inputs, tools) => {
    const batch = inputs.image('images');
    for (const [index, image] of batch.images.entries()) {
      tools.sendImage(index, batch.images.length, await bytesOf(batch, image, {}));
    }
    return { values: [] };
  },
};

export const imageScale: NodeClass = {
  run: (inputs) => {
    const image = inputs.image('image');
    const [first] = image.images;
    const [width, height] = [inputs.number('width'), inputs.number('height')];
    if (first === undefined || (width === 0 && height === 0)) return { values: [image] };
    const ratio = first.width / first.height;
    const [toWidth, toHeight] = [width || Math.round(height * ratio), height || Math.round(width / ratio)];
    return { values: [scaled(image, toWidth, toHeight, inputs.text('crop') === 'center')] };
  },
};

export const imageScaleBy: NodeClass = {
  run: (inputs) => {
    const image = inputs.image('image');
    const [first] = image.images;
    if (first === undefined) return { values: [image] };
    const by = inputs.number('scale_by');
    return { values: [scaled(image, Math.round(first.width * by), Math.round(first.height * by), false)] };
  },
};

async function writeAll(
  batch: ImageValue,
  place: Place,
  type: 'output' | 'temp',
  { files, prompt, pngInfo }: NodeTools,
): Promise<ImageName[]> {
  const texts = Object.fromEntries(
    Object.entries({ prompt, ...pngInfo }).map(([name, value]) => [name, writeJson(value)]),
  );
  const names: ImageName[] = [];
  for (const image of batch.images) {
    names.push(files.write(place, type, await bytesOf(batch, image, texts)));
  }
  return names;
}

async function bytesOf(
  { latent }: ImageValue,
  image: Pixels,
  texts: Readonly<Record<string, string>>,
): Promise<Buffer> {
  if (latent.pass?.spoilt === 'rubbish') return Buffer.from('<html><body>Bad gateway</body></html>');
  return await encodePng(image, texts);
}

/** Nearest pixel, whatever the method is called: what a world paints is not made of frequencies. */
function scaled(batch: ImageValue, width: number, height: number, crops: boolean): ImageValue {
  const changes = `${batch.latent.changes}|scaled ${width}x${height}`;
  return {
    ...batch,
    latent: { ...batch.latent, changes },
    images: batch.images.map((image) => scalePixels(image, width, height, crops)),
  };
}

function scalePixels(from: Pixels, width: number, height: number, crops: boolean): Pixels {
  const step = crops ? Math.min(from.width / width, from.height / height) : undefined;
  const [stepX, stepY] = [step ?? from.width / width, step ?? from.height / height];
  const [left, top] = [(from.width - stepX * width) / 2, (from.height - stepY * height) / 2];
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.min(from.height - 1, Math.floor(top + (y + 0.5) * stepY)) * from.width;
    for (let x = 0; x < width; x++) {
      const at = 3 * (row + Math.min(from.width - 1, Math.floor(left + (x + 0.5) * stepX)));
      data.set(from.data.subarray(at, at + 3), 3 * (y * width + x));
    }
  }
  return { width, height, data };
}
