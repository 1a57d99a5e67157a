import { describe, expect, it } from 'vitest';
import { identityOf, matchCheckpoint } from '../../../../src/renderers/comfyui/models.ts';

const files = [
  'modelA.safetensors',
  'modelB.safetensors',
  'sdxl/base.safetensors',
  'anime\\base.ckpt',
  'anime\\Only.safetensors',
  'anime\\only.ckpt',
];

describe('matchCheckpoint', () => {
  it.each([
    ['modelA.safetensors', 'modelA.safetensors'],
    ['modelA', 'modelA.safetensors'],
    ['MODELA', 'modelA.safetensors'],
    [' modelA [0123abcdef] ', 'modelA.safetensors'],
    ['sdxl/base', 'sdxl/base.safetensors'],
    ['sdxl\\base.safetensors', 'sdxl/base.safetensors'],
    ['anime/base', 'anime\\base.ckpt'],
    ['base.ckpt', 'anime\\base.ckpt'],
    ['Only', 'anime\\Only.safetensors'],
    ['/opt/ComfyUI/models/checkpoints/modelB.safetensors', 'modelB.safetensors'],
  ])('"%s" is %s', (asked, file) => {
    expect(matchCheckpoint(asked, files)).toBe(file);
  });

  it.each([
    ['base', 'webui-model-ambiguous', '2 files have that name, "sdxl/base.safetensors", "anime\\base.ckpt"'],
    ['ONLY', 'webui-model-ambiguous', '"anime\\only.ckpt"; give one of these'],
    ['modelC', 'webui-model-unknown', 'Did you mean "modelA'],
    ['something', 'webui-model-unknown', 'It has modelA.safetensors, modelB.safetensors'],
  ])('"%s" is refused as %s', (asked, code, words) => {
    expect(() => matchCheckpoint(asked, files)).toThrow(expect.objectContaining({ code }));
    expect(() => matchCheckpoint(asked, files)).toThrow(words);
  });

  it('says so when there are none', () => {
    expect(() => matchCheckpoint('x', [])).toThrow('Its folder is empty.');
  });
});

it('identityOf drops folder and extension, and knows no hash', () => {
  expect(identityOf('anime\\base.ckpt')).toEqual({ name: 'base', file: 'base.ckpt', hash: null });
});
