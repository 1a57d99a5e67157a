import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { WaitingImages, type WaitingImage } from '../../../src/images/waiting-images.ts';
import { NEVER_ABORTED } from '../../../src/shared/abort/never-aborted.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const signal = NEVER_ABORTED;

function waiting(index: number, text = 'bytes\nof a file'): WaitingImage {
  return {
    image: { request: 'cats', index, seconds: 1.5 },
    file: { bytes: new Uint8Array(Buffer.from(text)), infotext: 'a cat\nSteps: 4' },
    pixelGroup: 'one',
  };
}

function place(): { readonly folder: string; readonly images: WaitingImages } {
  const folder = path.join(temporaryFolder('waiting'), 'run.waiting');
  return { folder, images: new WaitingImages(folder) };
}

function withLastByteFlipped(bytes: Buffer): Uint8Array {
  return bytes.fill((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1);
}

describe('images that wait to be scored', () => {
  it('come back as they were, to another process too', async () => {
    const { folder, images } = place();
    images.put('trial-1', waiting(0));
    images.put('trial-1', waiting(1, ''));
    images.put('trial-12', waiting(0, 'another'));
    const later = new WaitingImages(folder);
    const found = await later.of('trial-1', signal);
    expect(found.toSorted((a, b) => a.image.index - b.image.index)).toEqual([waiting(0), waiting(1, '')]);
    expect(await later.of('trial-12', signal)).toEqual([waiting(0, 'another')]);
    expect(await later.of('trial-2', signal)).toEqual([]);
  });

  it('are gone one by one, or with their owner, and the folder with the last one', async () => {
    const { folder, images } = place();
    images.put('trial-1', waiting(0));
    images.put('trial-1', waiting(1));
    images.put('proof-1-a', waiting(0));
    images.remove('trial-1', { request: 'cats', index: 0 });
    expect(await images.of('trial-1', signal)).toEqual([waiting(1)]);
    images.clear((owner) => owner === 'trial-1');
    expect(await images.of('trial-1', signal)).toEqual([]);
    expect(existsSync(folder)).toBe(true);
    images.clear((owner) => owner.startsWith('proof-'));
    expect(existsSync(folder)).toBe(false);
  });

  it('are no more than insurance: what cannot be written is drawn again', async () => {
    const { folder, images } = place();
    writeFileSync(folder, 'a file where the folder should be');
    images.put('trial-1', waiting(0));
    images.remove('trial-1', waiting(0).image);
    images.clear(() => true);
    expect(await images.of('trial-1', signal)).toEqual([]);
  });

  it.each<[string, (file: string) => void]>([
    ['a bit flipped in the image', (file) => writeFileSync(file, withLastByteFlipped(readFileSync(file)))],
    ['bytes behind it', (file) => appendFileSync(file, 'x')],
    ['its end missing', (file) => writeFileSync(file, readFileSync(file).subarray(0, -2))],
    ['nothing in it', (file) => writeFileSync(file, '')],
    ['no line of JSON', (file) => writeFileSync(file, 'bytes')],
  ])('with %s it is none', async (_, damage) => {
    const { folder, images } = place();
    images.put('trial-1', waiting(0));
    const [name = ''] = readdirSync(folder);
    damage(path.join(folder, name));
    expect(await images.of('trial-1', signal)).toEqual([]);
    images.clear(() => true);
    expect(existsSync(folder)).toBe(false);
  });

  it('leaves half-written files of a killed process aside, and removes them', async () => {
    const { folder, images } = place();
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'trial-1.0123.image.tmp'), 'half');
    expect(await images.of('trial-1', signal)).toEqual([]);
    images.clear((owner) => owner === 'trial-1');
    expect(existsSync(folder)).toBe(false);
  });
});
