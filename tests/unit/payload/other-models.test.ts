/** Scripts and settings that would make images of another model. */
import { describe, expect, it } from 'vitest';
import { isExpected } from '../../../src/shared/errors.ts';
import { parsePayload } from '../../../src/payload/load.ts';

const warningsOf = (raw: object): string[] => {
  const warnings: string[] = [];
  parsePayload({ prompt: 'a', ...raw }, 'p', (message) => warnings.push(message.replace('Payload p: ', '')));
  return warnings;
};
const linesOf = (raw: object): string[] => {
  try {
    parsePayload({ prompt: 'a', ...raw }, 'p');
  } catch (error) {
    if (!isExpected(error)) throw error;
    return error.message.split('\n').map((line) => line.replace('Payload p: ', ''));
  }
  return [];
};

describe('scripts that bring a checkpoint', () => {
  const ADETAILER = { ad_model: 'face_yolov8n.pt', ad_checkpoint: 'anime.safetensors' };
  it.each([
    ['x/y/z plot by name', { script_name: 'x/y/z plot', script_args: ['Checkpoint name', 'a, b', []] }],
    [
      'x/y/z plot by its values',
      { script_name: 'X/Y/Z plot', script_args: [11, 'a.safetensors, b.ckpt', []] },
    ],
    [
      'x/y/z plot by its list',
      { script_name: 'x/y/z plot', script_args: [11, '', ['a.safetensors [0123456789]']] },
    ],
    ['the refiner', { alwayson_scripts: { Refiner: { args: [true, 'xl-refiner', 0.8] } } }],
    [
      'ADetailer',
      { alwayson_scripts: { ADetailer: { args: [true, false, { ...ADETAILER, ad_use_checkpoint: true }] } } },
    ],
    ['a merger', { alwayson_scripts: { 'Model Mixer': { args: [true, 'a', 'b'] } } }],
    ['another script', { alwayson_scripts: { Mine: { args: [{ sd_model_checkpoint: 'a' }] } } }],
    ['a setting of Forge', { override_settings: { sd_checkpoint_hash: 'abc' } }],
    [
      'a model by the name of another tool',
      { alwayson_scripts: { Mine: { args: [{ units: [{ ckpt_name: 'a' }] }] } } },
    ],
    ['arguments without a list', { alwayson_scripts: { Mine: { args: { checkpoint: 'a' } } } }],
    ['arguments without their key', { alwayson_scripts: { Mine: { checkpoint: 'a' } } }],
    ['x/y/z plot, off in its first value', { script_name: 'XYZ_grid', script_args: [false, 'unet'] }],
    [
      'a unit with the use of another',
      { alwayson_scripts: { M: { args: [{ use_checkpoint: true, checkpoint: 'a' }] } } },
    ],
    ['the TensorRT UNet', { override_settings: { sd_unet: '[TRT] a' } }],
  ])('are refused: %s', (_, raw) => {
    expect(linesOf(raw)).toEqual([expect.stringMatching(/^remove .*the search (?:decides|merges)/)]);
  });

  it.each([
    ['the refiner, off', { Refiner: { args: [false, 'xl-refiner', 0.8] } }],
    ['the refiner without a model', { Refiner: { args: [true, 'None', 0.8] } }],
    [
      'ADetailer without use',
      { ADetailer: { args: [true, false, { ...ADETAILER, ad_use_checkpoint: false }] } },
    ],
    [
      'ADetailer, the same',
      {
        ADetailer: {
          args: [{ ...ADETAILER, ad_checkpoint: 'Use same checkpoint', ad_use_checkpoint: true }],
        },
      },
    ],
    ['ADetailer, off', { ADetailer: { args: [false, false, { ...ADETAILER, ad_use_checkpoint: true }] } }],
    [
      'ControlNet',
      { ControlNet: { args: [{ enabled: true, model: 'control_v11p_sd15_canny [d14c016b]' }] } },
    ],
    ['a unit that does not use it', { Mine: { args: [{ use_checkpoint: false, checkpoint: 'a' }] } }],
    ['ADetailer, not said', { ADetailer: { args: [true, false, ADETAILER] } }],
    ['a unit that is off by the other word', { Mine: { args: [{ enable: false, checkpoint: 'a' }] } }],
    ['a script of no arguments', { Mine: null }],
    ['a name that only looks like one of files', { Mine: { args: [true, 'a.safetensors is my file'] } }],
    ['a unit that is off', { Mine: { args: [{ enabled: false, checkpoint: 'a' }] } }],
    ['AnimateDiff', { AnimateDiff: { args: [{ model: 'mm_sd_v15_v2.ckpt', enable: true }] } }],
    ['a merger, off', { 'Runtime Block Merge': { args: [false, 'a.safetensors'] } }],
  ])('pass: %s', (_, scripts) => {
    expect(linesOf({ alwayson_scripts: scripts })).toEqual([]);
    expect(warningsOf({ alwayson_scripts: scripts })).toEqual([]);
  });

  it.each([
    [
      { alwayson_scripts: { Mine: { args: [true, 'a.safetensors'] } } },
      /names "a.safetensors": if that is a checkpoint/,
    ],
    [
      { alwayson_scripts: { Mine: { args: ['a.gguf', 'b.ckpt', 'c.pt', 'd.safetensors'] } } },
      /names "a\.gguf", "b\.ckpt", "c\.pt": if/,
    ],
    [
      { override_settings: { sd_text_encoder: ['None', ' te.safetensors '] } },
      /with " te\.safetensors " inst/,
    ],
    [{ alwayson_scripts: { Mine: { args: [`${'x'.repeat(70)}.ckpt [0123abcd]`] } } }, /names "x{59}…": if/],
    [{ script_name: 'x/y/z plot', script_args: [4, '10,20', []] }, /axes by number/],
    [{ enable_hr: true, hr_additional_modules: ['ae.safetensors'] }, /"hr_additional_modules" makes these/],
    [{ override_settings: { sd_vae: 'x.pt' } }, /"override_settings.sd_vae" .* "x.pt"/],
    [{ override_settings: { forge_additional_modules: ['ae.safetensors'] } }, /forge_additional_modules/],
  ])('are named where it is open: %j', (raw, message) => {
    expect(linesOf(raw)).toEqual([]);
    expect(warningsOf(raw)).toEqual([expect.stringMatching(message)]);
  });
});
