/** What says nothing, and what it is that stays: a value alone, and beside the others. */
import { describe, expect, it } from 'vitest';
import { isNothing, withoutNothing } from '../../../src/payload/nothing.ts';

it.each([
  undefined,
  null,
  '',
  '  ',
  'None',
  ' none ',
  'null',
  'NULL',
  'Use same checkpoint',
  'use same same ',
])('%j says nothing', (value) => {
  expect(isNothing(value)).toBe(true);
});

it.each([
  'nonesuch',
  'not none',
  'nullable',
  'x null',
  'please use same one',
  'use same',
  'string',
  0,
  false,
  [],
  {},
])('%j says something', (value) => {
  expect(isNothing(value)).toBe(false);
});

describe('a body', () => {
  it.each<[string, Record<string, unknown>]>([
    ['a refiner', { refiner_checkpoint: 'x', refiner_switch_at: 0.8 }],
    ['when to change, in words', { refiner_switch_at: 'x' }],
    ['a checkpoint of the second pass', { enable_hr: true, hr_checkpoint_name: 'x' }],
    ['names', { sampler_name: 'Euler', scheduler: 'karras' }],
    ['names of the second pass', { enable_hr: true, hr_sampler_name: 'Euler', hr_scheduler: 'karras' }],
    ['modules', { hr_additional_modules: ['None', 'ae.safetensors'] }],
    ['modules that are no list', { enable_hr: true, hr_additional_modules: 'ae.safetensors' }],
    ['another sampler by its number', { sampler_index: 'DPM++ 2M' }],
    ['what is to be done with settings', { override_settings_restore_afterwards: false }],
    ['seed extras', { seed_enable_extras: false }],
    ['a script', { script_name: 'x/y/z plot', script_args: [1] }],
    ['styles', { styles: ['None', 'x'] }],
    ['a style', { styles: 'x' }],
    ['comments', { comments: { a: 1 } }],
    ['scripts', { alwayson_scripts: { a: {} } }],
    ['settings that are a list', { override_settings: ['x'] }],
    ['settings that are a text', { override_settings: 'x' }],
    [
      'models and modules that are named',
      { override_settings: { sd_unet: 'x', sd_model_checkpoint: 'y', sd_vae: null } },
    ],
    ['another setting that is automatic', { override_settings: { sd_vae: 'Automatic' } }],
    ['a task and what filled it', { infotext: 'x', force_task_id: 'y', firstpass_image: 'z' }],
    ['sizes of the second pass', { hr_scale: 1.5, hr_resize_x: 8, hr_unheard_of: -1 }],
    ['what is wrong in the first pass', { steps: 0, width: 'wide' }],
    ['what is wrong in the second pass', { enable_hr: true, hr_scale: 0, hr_upscaler: 7 }],
    ['what is 0 or false', { a: 0, b: false, c: '', d: [], e: {} }],
  ])('keeps %s', (_, body) => {
    expect(withoutNothing(body)).toStrictEqual(body);
  });

  it.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{ refiner_checkpoint: 'None', refiner_switch_at: 0.8 }, {}],
    [{ refiner_switch_at: '' }, {}],
    [{ hr_checkpoint_name: 'x', enable_hr: false }, { enable_hr: false }],
    [{ enable_hr: true, hr_checkpoint_name: 'Use same checkpoint' }, { enable_hr: true }],
    [{ sampler_name: 'None', scheduler: '', hr_sampler_name: 'Use same sampler', hr_scheduler: 'none' }, {}],
    [{ hr_additional_modules: ['Use same choices', 'None'] }, {}],
    [{ sampler_index: 'Euler' }, {}],
    [{ sampler_index: 'None' }, {}],
    [{ sampler_name: 'DPM++ 2M', sampler_index: 'LMS' }, { sampler_name: 'DPM++ 2M' }],
    [{ sampler_name: 'None', sampler_index: 'LMS' }, { sampler_index: 'LMS' }],
    [{ override_settings_restore_afterwards: true, seed_enable_extras: true }, {}],
    [{ script_name: 'None', script_args: [1] }, {}],
    [{ script_name: 'mine', script_args: [] }, { script_name: 'mine' }],
    [{ styles: [], comments: {}, alwayson_scripts: {}, override_settings: {} }, {}],
    [{ styles: 'None', comments: '', alwayson_scripts: null, override_settings: 'none' }, {}],
    [{ infotext: '', force_task_id: 'None', firstpass_image: null, anything: null, else: undefined }, {}],
    [{ hr_scale: 0, hr_resize_x: -1, hr_upscaler: 7, steps: 5 }, { steps: 5 }],
    [
      {
        override_settings: {
          sd_model_checkpoint: 'None',
          sd_unet: 'Automatic',
          sd_refiner_checkpoint: '',
          a: 1,
        },
      },
      { override_settings: { a: 1 } },
    ],
    [{ override_settings: { sd_model_refiner: null } }, { override_settings: {} }],
  ])('of %j is %j', (given, kept) => {
    expect(withoutNothing(given)).toStrictEqual(kept);
  });
});
