import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadPayloads, parsePayload } from '../../../src/payload/load.ts';
import { toRequests } from '../../../src/payload/requests.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

let folder = '';
const at = (...parts: string[]): string => path.join(folder, ...parts);
const load = async (...patterns: string[]) => {
  const warnings: string[] = [];
  const loaded = await loadPayloads(patterns, { onWarning: (message) => warnings.push(message) });
  return {
    names: loaded.map(({ name }) => name),
    warnings: warnings.map((message) => message.replaceAll(folder, '%').replaceAll('\\', '/')),
  };
};
const failureOf = async (...patterns: string[]): Promise<string> =>
  loadPayloads(patterns).then(
    () => 'no error',
    (error: unknown) =>
      error instanceof Error ? error.message.replaceAll(folder, '%').replaceAll('\\', '/') : '',
  );

beforeEach(() => {
  folder = temporaryFolder('load');
  mkdirSync(at('deep'));
  mkdirSync(at('empty'));
  writeFileSync(at('b.toml'), 'prompt = "b"');
  writeFileSync(at('a.JSON'), '{"prompt":"a"}');
  writeFileSync(at('c.yml'), 'prompt: c');
  writeFileSync(at('notes.txt'), 'no payload');
  writeFileSync(at('deep', 'd.json'), '{"prompt":"d"}');
});

describe('what a pattern finds', () => {
  it('a folder: all payloads in it, sorted, without the folders below', async () => {
    expect(await load(folder)).toEqual({ names: ['a', 'b', 'c'], warnings: [] });
  });

  it('a glob, with either slash, and folders below with **', async () => {
    expect((await load(at('*.{toml,yml}'))).names).toEqual(['b', 'c']);
    expect((await load(`${folder}\\*.toml`.replaceAll('/', '\\'))).names).toEqual(['b']);
    expect((await load(at('**', '*.json'))).names).toEqual(['d']);
    expect((await load(at('*'))).names).toEqual(['a', 'b', 'c']);
  });

  it('files in the order given', async () => {
    expect((await load(at('c.yml'), at('a.JSON'))).names).toEqual(['c', 'a']);
  });

  it('a file whose name looks like a glob', async () => {
    writeFileSync(at('x[1].json'), '{"prompt":"x"}');
    expect((await load(at('x[1].json'))).names).toEqual(['x[1]']);
  });

  it('the same file once, under whatever name', async () => {
    symlinkSync(at('c.yml'), at('deep', 'same.yml'));
    expect(await load(at('c.yml'), folder, at('deep', 'same.yml'))).toEqual({
      names: ['c', 'a', 'b'],
      warnings: [
        'Payload %/c.yml is given twice; it is used once.',
        'Payload %/deep/same.yml is given twice; it is used once.',
      ],
    });
  });

  it('no configuration of a search that lies among them', async () => {
    writeFileSync(at('search.json'), '{"payload":["a.JSON"],"modelA":"A"}');
    expect(await load(folder)).toEqual({
      names: ['a', 'b', 'c'],
      warnings: ['%/search.json is a search config, not a payload; skipped.'],
    });
    expect(await failureOf(at('search.json'))).toMatch(/"prompt" is missing/);
  });

  it('says what lies there when it finds nothing', async () => {
    expect(await failureOf(at('d.toml'))).toBe(
      'Payload %/d.toml cannot be read (ENOENT: no such file or directory); % contains a.JSON, b.toml, c.yml, deep, empty. Did you mean "b.toml"? autombw init writes one.',
    );
    expect(await failureOf(at('*.mpk'))).toBe(
      'No payload matches %/*.mpk; % contains a.JSON, b.toml, c.yml, deep, empty. autombw init writes one.',
    );
    expect(await failureOf(at('empty'))).toMatch(
      /^The folder %\/empty does not contain any payloads \(\.json, .*\); %\/empty is empty\.$/,
    );
    expect(await failureOf(at('notes.txt'))).toMatch(/notes\.txt must end in \.json, .*, not in \.txt\.$/);
  });
});

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
