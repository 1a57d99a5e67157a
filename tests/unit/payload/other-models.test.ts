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
      { Mine: { args: [1, { units: [0, { ckpt_name: 'a' }] }] } },
      '"1.units.1.ckpt_name" of "alwayson_scripts.Mine" ("a")',
    ],
    [
      { Mine: { sub: { model_checkpoint: 'a' } } },
      '"0.sub.model_checkpoint" of "alwayson_scripts.Mine" ("a")',
    ],
    [{ Refiner: { args: [true, 'xl'] } }, '"alwayson_scripts.Refiner"'],
  ])('are told where they stand: %j', (alwayson_scripts, place) => {
    expect(linesOf({ alwayson_scripts })).toEqual([
      `remove ${place}, the search decides which model makes the images.`,
    ]);
  });

  it.each([
    'checkpoint',
    'ckpt',
    'CKPT_Name',
    'my_checkpoint',
    'sd_model',
    'sdmodel',
    'x_sd_model_name',
    'checkpointname',
    'sd_model_checkpoint',
    'model_checkpoint',
  ])('are named by keys like %s', (key) => {
    expect(linesOf({ alwayson_scripts: { Mine: { args: [{ [key]: 'a' }] } } })).toHaveLength(1);
  });

  it.each(['model', 'checkpoints', 'mycheckpoint', 'checkpoint_path', 'x_model_checkpoint2', 'ckpt_dir'])(
    'are not named by keys like %s',
    (key) => {
      expect(linesOf({ alwayson_scripts: { Mine: { args: [{ [key]: 'a' }] } } })).toEqual([]);
    },
  );

  it.each([
    ['sd_model_checkpoint', true],
    ['sd_checkpoint_hash', true],
    ['sd_checkpoint', true],
    ['sd_unet', true],
    ['sd_model_refiner', true],
    ['sd_refiner_checkpoint', true],
    ['my_sd_unet', false],
    ['sd_unets', false],
    ['sd_model', false],
    ['sd_vae_checkpoint', false],
  ])('are set by the setting %s: %s', (key, isOne) => {
    expect(linesOf({ override_settings: { [key]: 'x' } })).toHaveLength(isOne ? 1 : 0);
    expect(linesOf({ override_settings: { [key]: true } })).toEqual([]);
  });

  it.each([
    ['sd_vae', true],
    ['sd_text_encoder', true],
    ['forge_additional_modules', true],
    ['sd_hypernetwork', true],
    ['sd_lora', true],
    ['sd_vaes', false],
    ['my_sd_vae', false],
  ])('may have parts by the setting %s: %s', (key, isOne) => {
    const told = (value: unknown): string[] => warningsOf({ override_settings: { [key]: value } });
    expect(told('x')).toHaveLength(isOne ? 1 : 0);
    for (const own of ['None', ' automatic ', 'Default', 'use same choices', '', 7, ['None', '']])
      expect(told(own)).toEqual([]);
    expect(told('None of these')).toHaveLength(isOne ? 1 : 0);
    expect(told('not automatic')).toHaveLength(isOne ? 1 : 0);
  });

  it.each([
    ['x/y/z plot', true],
    ['X/Y plot', true],
    ['xyz grid', true],
    ['XY-plot', true],
    ['xyz', true],
    ['my xyz plot', false],
    ['xyz plotter', false],
    ['prompt matrix', false],
  ])('are axes of the script "%s": %s', (title, isPlot) => {
    const refused = (...args: unknown[]): number => linesOf({ script_name: title, script_args: args }).length;
    for (const axis of [
      ' Checkpoint name',
      'unet',
      'Refiner checkpoint',
      'hires checkpoint',
      'a.ckpt, b',
      '10, x.pt',
    ])
      expect(refused(axis)).toBe(isPlot ? 1 : 0);
    for (const axis of ['Checkpoint names', 'no checkpoint', 'CFG', 'a.ckpt.txt'])
      expect(refused(axis)).toBe(0);
    const told = (...args: unknown[]): number => warningsOf({ script_name: title, script_args: args }).length;
    expect([told(0, ''), told(1, '')]).toEqual([0, isPlot ? 1 : 0]);
  });

  it.each(['a.safetensors', 'b.CKPT', 'c.gguf ', 'd.pt', 'e [0123abcd]', `f [${'a'.repeat(64)}]`])(
    'are files like %j, but not where files are something else',
    (file) => {
      const told = (title: string): number =>
        warningsOf({ alwayson_scripts: { [title]: { args: [file] } } }).length;
      expect(told('Mine')).toBe(1);
      for (const title of [
        'ControlNet',
        'IP-Adapter',
        'my lora',
        'ADetailer',
        'Ultimate SD Upscale',
        'ReActor',
      ])
        expect(told(title)).toBe(0);
    },
  );

  it.each(['safetensors', 'a.pth', 'a [0123abc]', `a [${'0'.repeat(65)}]`, 'a[0123abcd]', 'a.pt b'])(
    'are no files like %j',
    (text) => {
      expect(warningsOf({ alwayson_scripts: { Mine: { args: [text] } } })).toEqual([]);
    },
  );

  it.each([
    ['Model Mixer', [true], 1],
    ['Model Mixer', [1], 0],
    ['SuperMerger', [true], 1],
    ['MBW', [true], 1],
    ['Block weight of a checkpoint', [true], 1],
    ['Block weight', [true], 0],
    ['Refiner', [1, 'xl'], 0],
    ['Refiner', [true, ''], 0],
    ['My refiner', [true, 'xl'], 0],
  ])('are merged or refined by "%s" with %j: %s', (title, args, count) => {
    expect(linesOf({ alwayson_scripts: { [title]: { args } } })).toHaveLength(count);
  });

  it('are quoted, as far as they are short', () => {
    const quotedOf = (length: number): string | undefined =>
      warningsOf({ override_settings: { sd_vae: 'x'.repeat(length) } })[0];
    expect(quotedOf(60)).toContain(`with "${'x'.repeat(60)}" instead`);
    expect(quotedOf(61)).toContain(`with "${'x'.repeat(59)}…" instead`);
    expect(warningsOf({ enable_hr: true, hr_additional_modules: ['a.pt', 'None', 'b.pt'] })[0]).toContain(
      '"a.pt, b.pt"',
    );
  });

  it('are looked for in scripts of any shape', () => {
    expect(linesOf({ alwayson_scripts: { Mine: { args: undefined, checkpoint: 'a' } } })).toHaveLength(1);
    expect(linesOf({ alwayson_scripts: { Mine: 'a', Other: [{ checkpoint: 'a' }], Third: 7 } })).toHaveLength(
      1,
    );
    expect(linesOf({ alwayson_scripts: { Mine: { args: [{ checkpoint: 7, ckpt: 'None' }] } } })).toEqual([]);
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
