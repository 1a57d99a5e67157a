import { describe, expect, it } from 'vitest';
import { parsePayload } from '../../../src/payload/load.ts';
import { toRequests } from '../../../src/payload/requests.ts';

describe('keys', () => {
  const warningsOf = (raw: object): string[] => {
    const warnings: string[] = [];
    parsePayload({ prompt: 'a', ...raw }, 'p.json', (message) => warnings.push(message));
    return warnings;
  };

  it('that are not known are sent, with a word', async () => {
    const raw = { stpes: 5, my_extension: { on: true }, seed: 1 };
    expect(warningsOf(raw)).toEqual([
      'Payload p.json: Unknown key "stpes" is sent as it is. Did you mean "steps"?',
      'Payload p.json: Unknown key "my_extension" is sent as it is.',
    ]);
    const payload = parsePayload({ prompt: 'a', ...raw }, 'p.json');
    expect((await toRequests([{ name: 'p', payload }], 1))[0]?.body).toMatchObject(raw);
  });

  it('of txt2img and of scripts are sent without one, to the last value', async () => {
    const raw = {
      override_settings: { CLIP_stop_at_last_layers: 2, sd_vae: 'Automatic', unheard_of: null },
      styles: ['cinematic'],
      alwayson_scripts: {
        ADetailer: { args: [true, false, { ad_model: 'face_yolov8n.pt', ad_confidence: 0.3, ad_x: null }] },
        ControlNet: {
          args: [{ enabled: true, module: 'canny', image: { image: 'iVBORw0KGgo=', mask: '' } }],
        },
      },
      comments: { note: 'x' },
      s_noise: 1.01,
      sampler_name: 'Euler',
      scheduler: 'karras',
      hr_prompt: '',
      firstphase_width: 0,
      seed_resize_from_w: -1,
      disable_extra_networks: false,
      distilled_cfg_scale: 3.5,
    };
    expect(warningsOf(raw)).toEqual([]);
    const payload = parsePayload({ prompt: 'a', ...raw }, 'p.json');
    expect(
      JSON.parse(JSON.stringify((await toRequests([{ name: 'p', payload }], 1))[0]?.body)),
    ).toMatchObject(raw);
  });

  it.each([
    [50, []],
    [51, ['Payload p.json: 1 further unknown key is sent as well.']],
    [52, ['Payload p.json: 2 further unknown keys are sent as well.']],
  ])('that are not known are told one by one, and of %s only fifty', (count, rest) => {
    const raw = Object.fromEntries(Array.from({ length: count }, (_, n) => [`q${n}z`, 1]));
    expect(warningsOf(raw).slice(50)).toEqual(rest);
    expect(warningsOf(raw)[49]).toBe('Payload p.json: Unknown key "q49z" is sent as it is.');
  });

  it('that are long are cut, and nothing is guessed of them', () => {
    expect(warningsOf({ [`${'_'.repeat(54)}model`]: 1, [`${'_'.repeat(56)}model`]: 1 })).toEqual([
      `Payload p.json: Unknown key "${'_'.repeat(54)}model" is sent as it is; the search decides which model makes the images.`,
      `Payload p.json: Unknown key "${'_'.repeat(56)}mod…" is sent as it is.`,
    ]);
  });

  it('of Forge alone are not what a misspelt one stands for', () => {
    expect(warningsOf({ hr_cgf: 1 })).toEqual(['Payload p.json: Unknown key "hr_cgf" is sent as it is.']);
    expect(warningsOf({ distiled_cfg_scale: 1 })[0]).not.toMatch(/"distilled_cfg_scale"/);
    expect(warningsOf({ hr_scal: 1 })[0]).toMatch(/Did you mean "hr_scale"\?$/);
  });

  it.each(['model', 'Model Name', 'checkpoint', 'sd_model_hash', 'UNet'])(
    'that name a model are told so: %s',
    (key) => {
      expect(warningsOf({ [key]: 'x' })[0]).toMatch(/the search decides which model makes the images\.$/);
    },
  );

  it('that other tools have for two of ours name both', () => {
    for (const key of ['size', 'Image Size', 'aspect-ratio'])
      expect(warningsOf({ [key]: 'x' })[0]).toMatch(/Did you mean "width" and "height"\?$/);
    expect(warningsOf({ constructor: 1 })[0]).toBe(
      'Payload p.json: Unknown key "constructor" is sent as it is.',
    );
  });

  it('that must go are told with why, and are not unknown', () => {
    const refused = (raw: object): string => {
      try {
        parsePayload({ prompt: 'a', ...raw }, 'p.json');
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
      return '';
    };
    expect(refused({ infotext: 'x' })).toBe(
      'Payload p.json: remove "infotext", it fills in fields the run does not know about.',
    );
    expect(refused({ infotext: 'x', stpes: 5 }).split('\n')).toHaveLength(2);
    expect(refused({ date: new Date(0) })).toMatch(/^Payload p\.json: "date": it is a date/);
    expect(refused({ hr_scheduler: 'string' })).toBe('');
    expect(refused({ enable_hr: true, hr_scheduler: 'string', styles: ['a', 'string'] }).split('\n')).toEqual(
      [
        expect.stringContaining('remove "styles", or name one'),
        expect.stringContaining('remove "hr_scheduler", or name one'),
      ],
    );
  });

  it('cannot reach a prototype', () => {
    const evil: unknown = JSON.parse('{"prompt":"a","__proto__":{"seed":5}}');
    expect(() => parsePayload(evil, 'p.json')).toThrow(/"__proto__": this name is not allowed/);
    expect(parsePayload({ prompt: 'a', constructor: 1 }, 'p.json')).toMatchObject({ constructor: 1 });
  });

  it('a list of payloads is refused with what to do', () => {
    expect(() => parsePayload([{ prompt: 'a' }], 'p.json')).toThrow(
      'Payload p.json must hold one object with at least a "prompt", not a list; write one file per payload.',
    );
  });
});
