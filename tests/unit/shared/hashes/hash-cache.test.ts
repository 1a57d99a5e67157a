import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { cachedHash, cacheFile, keepHash } from '../../../../src/shared/hashes/hash-cache.ts';
import { hashFile } from '../../../../src/shared/hashes/file-hash.ts';
import { sha256OfFile as sha256 } from '../../../../src/shared/hashes/sha256.ts';
import { openCheckpoint } from '../../../../src/checkpoints/checkpoint-file.ts';
import { makeWorkFolder } from '../../../helpers/work-folder.ts';
import { checkpointBytes, sd1Tensors } from '../../checkpoints/make-checkpoint.ts';

const folder = makeWorkFolder().path;
const file = path.join(folder, 'model.safetensors');
const cache = path.join(folder, 'cache', 'hashes.json');
const write = (seed: number): void => fs.writeFileSync(file, checkpointBytes(sd1Tensors(seed)));

it('remembers a file until it changes', async () => {
  write(1);
  const opened = openCheckpoint(file);
  const hash = await sha256(file);
  expect(cachedHash(opened, cache)).toBeUndefined();
  keepHash(opened, hash, cache);
  expect(cachedHash(opened, cache)).toBe(hash);
  write(2);
  expect(cachedHash(openCheckpoint(file), cache)).toBeUndefined();
  // The old one was hashed, and is no longer there.
  keepHash(opened, hash, cache);
  expect(cachedHash(openCheckpoint(file), cache)).toBeUndefined();
});

it('gives the same hash with and without what it remembers', async () => {
  write(3);
  expect(await hashFile(openCheckpoint(file))).toBe(await sha256(file));
  expect(await hashFile(openCheckpoint(file))).toBe(await sha256(file));
  expect(cachedHash(openCheckpoint(file))).toBe(await sha256(file));
});

it.each(['', '{', '[]', '{"version":1,"files":{"x":{"stamp":1}}}'])(
  'takes a damaged cache for none: %j',
  (text) => {
    fs.mkdirSync(path.dirname(cache), { recursive: true });
    fs.writeFileSync(cache, text);
    expect(cachedHash(openCheckpoint(file), cache)).toBeUndefined();
  },
);

it('is no trouble where nothing can be written', () => {
  const opened = openCheckpoint(file);
  expect(() => keepHash(opened, 'a'.repeat(64), path.join(file, 'no', 'folder.json'))).not.toThrow();
});

it('lies where the system keeps caches', () => {
  expect(cacheFile({ AUTOMBW_CACHE: '/c' })).toBe(path.join('/c', 'hashes.json'));
  expect(cacheFile({ XDG_CACHE_HOME: '/x' })).toBe(path.join('/x', 'autombw', 'hashes.json'));
  expect(cacheFile({ LOCALAPPDATA: '/l' })).toBe(path.join('/l', 'autombw', 'hashes.json'));
});
