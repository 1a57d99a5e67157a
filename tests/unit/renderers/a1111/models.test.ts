import { describe, expect, it } from 'vitest';
import {
  assertDifferent,
  identityOf,
  matchModel,
  stableNameOf,
} from '../../../../src/renderers/a1111/models.ts';
import { modelsSchema } from '../../../../src/renderers/a1111/schemas.ts';
import type { ServerModel } from '../../../../src/renderers/a1111/schemas.ts';
import { recorded } from '../../../helpers/replay-server.ts';

const sha = (digit: string): string => digit.repeat(64);
const FOLDER = 'C:\\webui\\models\\Stable-diffusion\\';

function model(path: string, hash: string | null = null): ServerModel {
  return {
    title: hash === null ? path : `${path} [${hash.slice(0, 10)}]`,
    model_name: path.replace(/\.\w+$/, '').replaceAll('\\', '_'),
    hash: hash?.slice(0, 10) ?? null,
    sha256: hash,
    filename: `${FOLDER}${path}`,
  };
}

const real = model('Real.safetensors', sha('a'));
const deepOne = model('sub\\twin.safetensors', sha('b'));
const deepTwo = model('other\\twin.safetensors');
const upper = model('CASE.safetensors');
const lower = model('case.safetensors');
const dotted = model('mix.v2.safetensors');
const ckpt = model('both.ckpt');
const safe = model('both.safetensors');
const models = [real, deepOne, deepTwo, upper, lower, dotted, ckpt, safe];

describe('matchModel', () => {
  it.each([
    ['Real.safetensors [aaaaaaaaaa]', real],
    ['Real.safetensors', real],
    ['Real', real],
    [' Real ', real],
    ['real', real],
    ['REAL.SAFETENSORS', real],
    ['aaaaaaaaaa', real],
    ['AAAAAAAAAA', real],
    [sha('a'), real],
    ['a'.repeat(12), real],
    [`${FOLDER}Real.safetensors`, real],
    ['C:/webui/models/Stable-diffusion/Real.safetensors', real],
    ['sub/twin', deepOne],
    ['sub\\twin.safetensors', deepOne],
    ['Stable-diffusion/sub/twin.safetensors', deepOne],
    ['other/twin', deepTwo],
    ['other_twin', deepTwo],
    ['CASE', upper],
    ['case', lower],
    ['mix.v2', dotted],
    ['both.ckpt', ckpt],
    ['both.safetensors', safe],
    ['mix.v2.safetensors [0123456789]', dotted],
  ])('%s', (asked, expected) => {
    expect(matchModel(asked, models)).toBe(expected);
  });

  it.each([
    ['twin', ['"sub\\twin.safetensors [bbbbbbbbbb]"', '"other\\twin.safetensors"']],
    ['both', ['"both.ckpt"', '"both.safetensors"']],
    ['Case', ['"CASE.safetensors"', '"case.safetensors"']],
  ])('%s is ambiguous and lists the candidates', (asked, titles) => {
    expect(() => matchModel(asked, models)).toThrow(
      expect.objectContaining({ code: 'webui-model-ambiguous' }),
    );
    for (const title of titles) expect(() => matchModel(asked, models)).toThrow(title);
  });

  it.each([
    ['Reel', 'Did you mean "Real'],
    ['Real.safetensors [0000000000]', 'The WebUI has no model "Real.safetensors [0000000000]".'],
    ['', 'It has Real.safetensors'],
    ['something else entirely', 'It has Real.safetensors, twin.safetensors'],
  ])('%s is unknown', (asked, part) => {
    const thrown = (): unknown => matchModel(asked, models);
    expect(thrown).toThrow(expect.objectContaining({ code: 'webui-model-unknown' }));
    expect(thrown).toThrow(part);
  });

  it('says so when there is no model at all', () => {
    expect(() => matchModel('Real', [])).toThrow('Its checkpoint folder is empty.');
  });

  it('reads the recorded list', () => {
    const listed = modelsSchema.parse(recorded('get_sd_models').body);
    expect(identityOf(matchModel('tinyA', listed))).toEqual({
      name: 'tinyA',
      file: 'tinyA.safetensors',
      hash: '30d56a6809',
      path: '/webui/models/Stable-diffusion/tinyA.safetensors',
    });
    expect(identityOf(matchModel('tinyB', listed))).toEqual({
      name: 'tinyB',
      file: 'tinyB.safetensors',
      hash: null,
      path: '/webui/models/Stable-diffusion/tinyB.safetensors',
    });
    expect(stableNameOf(matchModel('30d56a6809', listed))).toBe('tinyA.safetensors');
  });
});

describe('assertDifferent', () => {
  it('refuses the same file under two names, and the same content in two files', () => {
    const copy = { ...model('copy.safetensors', sha('a')) };
    expect(() => assertDifferent(real, { ...real })).toThrow(
      expect.objectContaining({ code: 'webui-same-model' }),
    );
    expect(() => assertDifferent(real, copy)).toThrow('"copy.safetensors [aaaaaaaaaa]"');
    expect(() => assertDifferent(upper, lower)).not.toThrow();
    expect(() => assertDifferent(real, deepOne)).not.toThrow();
  });
});
