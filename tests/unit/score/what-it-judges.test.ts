import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  describeJudging,
  judgesOnThisMachine,
  scorerNames,
  scorerReadiness,
  whatItJudges,
} from '../../../src/score/index.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { MODELS } from './onnx/scorers.ts';

const described = (...ids: string[]) => describeJudging(ids.map((id) => ({ id })));

describe('what scorers judge', () => {
  it('is known of every scorer', () => {
    expect(scorerNames.filter((id) => whatItJudges(id) === undefined)).toEqual([]);
    expect(whatItJudges('constructor')).toBeUndefined();
  });

  it('is said with a way out where none of them judges', () => {
    expect(described('quality')).toEqual({
      judges: false,
      sentence: 'The scorer quality guards against broken images; it does not judge taste.',
      suggestion: expect.stringContaining('--scorer manual'),
    });
    expect(described('quality', 'niqe').sentence).toBe(
      'The scorer quality guards against broken images; niqe measures how different from a photograph an image is; none of them judges taste.',
    );
  });

  it('needs no way out where one does', () => {
    expect(described('quality', 'image-reward')).toEqual({
      judges: true,
      sentence:
        'The scorer quality guards against broken images; image-reward judges which image people prefer for its prompt.',
      suggestion: undefined,
    });
  });

  it('is left open of a scorer that is gone since', () => {
    expect(described('gone')).toEqual({
      judges: false,
      sentence: 'The scorer gone is unknown to this version of autombw.',
      suggestion: undefined,
    });
  });
});

describe('the judges of this machine', () => {
  it('are one command away where no file is there', async () => {
    const empty = temporaryFolder('judges');
    expect(await judgesOnThisMachine(empty, true)).toEqual({
      ready: [],
      suggestion:
        'For a judge of taste: --scorer manual asks you; or autombw models check laion-v2-sac says which files to fetch for one.',
    });
    expect((await judgesOnThisMachine(empty, false)).suggestion).toMatch(
      /or npm install onnxruntime-node@\S+ --ignore-scripts; then autombw models check laion-v2-sac /,
    );
  });

  it('are those whose files are there', async () => {
    const models = temporaryFolder('judges');
    mkdirSync(path.join(models, 'anime-aesthetic'));
    mkdirSync(path.join(models, 'heads'));
    writeFileSync(path.join(models, 'heads/chadscorer.pth'), 'x');
    expect((await judgesOnThisMachine(models, true)).suggestion).toMatch(
      /or chad lacks only clip-vit-large-patch14\/vision_model\.onnx \(autombw models check chad\)/,
    );
    cpSync(path.join(MODELS, 'sky/model.onnx'), path.join(models, 'anime-aesthetic/model.onnx'));
    expect(await judgesOnThisMachine(models, true)).toEqual({
      ready: ['skytnt'],
      suggestion: 'A judge of taste is ready on this machine: --scorer skytnt.',
    });
    expect(await judgesOnThisMachine(models, false)).toMatchObject({
      ready: [],
      suggestion: expect.stringMatching(
        /^For a judge of taste: npm install .*, then --scorer skytnt, whose files are installed\.$/,
      ),
    });
  });
});

describe('the readiness of scorers', () => {
  it('tells what is there, wrong, lacking and left to the user', async () => {
    const models = temporaryFolder('readiness');
    mkdirSync(path.join(models, 'anime-aesthetic'));
    mkdirSync(path.join(models, 'wd-vit-tagger-v3'));
    mkdirSync(path.join(models, 'heads'));
    writeFileSync(path.join(models, 'heads/chadscorer.pth'), 'x');
    cpSync(path.join(MODELS, 'sky/model.onnx'), path.join(models, 'anime-aesthetic/model.onnx'));
    cpSync(path.join(MODELS, 'tagger/model.onnx'), path.join(models, 'wd-vit-tagger-v3/model.onnx'));
    const found = await scorerReadiness(models, true);
    expect(found.map(({ id }) => id)).toEqual(scorerNames);
    const of = (id: string) => found.find((scorer) => scorer.id === id);
    expect(of('quality')).toEqual({ id: 'quality', state: 'ready', detail: '' });
    expect(of('manual')?.state).toBe('needs');
    expect(of('skytnt')?.state).toBe('ready');
    expect(of('pickscore')?.state).toBe('untouched');
    expect(of('wd-tags')).toMatchObject({
      state: 'lacks',
      detail: expect.stringMatching(/selected_tags\.csv$/),
    });
    expect(of('chad')).toMatchObject({ state: 'wrong', detail: expect.stringContaining('chadscorer.pth') });
    const without = await scorerReadiness(models, false);
    expect(without.find(({ id }) => id === 'skytnt')).toMatchObject({
      state: 'lacks',
      detail: expect.stringContaining('npm install onnxruntime-node'),
    });
  });
});
