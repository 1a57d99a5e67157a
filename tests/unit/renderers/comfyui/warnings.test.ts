import { describe, expect, it } from 'vitest';
import { warningsOn } from '../../../../src/renderers/comfyui/warnings.ts';
import { parseWorkflow } from '../../../../src/renderers/comfyui/graph/workflow-file.ts';
import type { ImageRequest } from '../../../../src/types.ts';
import { makeRequest } from '../make-request.ts';

const warnings = (request: Partial<ImageRequest>, fields: Record<string, unknown> = {}): string[] =>
  warningsOn([{ ...makeRequest(fields), ...request }], undefined).slice(1);

describe('warnings', () => {
  it('say once that images are alike, and nothing of no requests', () => {
    expect(warningsOn([makeRequest(), makeRequest()], undefined)).toEqual([
      expect.stringContaining('alike, not equal'),
    ]);
    expect(warningsOn([], undefined)).toEqual([]);
  });

  it.each([
    ['a [red] cat', '[x] is read as plain text'],
    ['a [red:blue:0.5] cat', '[a:b:0.5] and [a|b] are read as plain text'],
    ['a [red|blue] cat', '[a|b]'],
    ['a cat AND a dog', 'AND is read as plain text'],
    ['a cat BREAK a dog', 'BREAK is ignored'],
  ])('name the syntax of "%s"', (prompt, words) => {
    expect(warnings({ prompt })).toEqual([expect.stringMatching(/^cats: in the prompt, /)]);
    expect(warnings({ prompt })[0]).toContain(words);
    expect(warnings({ negativePrompt: prompt })[0]).toContain(words);
  });

  it.each(['a (cat:1.2) \\[x\\]', 'sand and BREAKFAST'])('have nothing to say of "%s"', (prompt) => {
    expect(warnings({ prompt })).toEqual([]);
  });

  it.each([
    [{ sampler_name: 'Euler a' }, '"euler_ancestral" adds noise'],
    [{ sampler_name: 'DPM++ SDE' }, '"dpmpp_sde" adds noise'],
    [{ scheduler: 'Uniform' }, '"Uniform" becomes "normal"'],
    [{ override_settings: { randn_source: 'GPU' } }, 'on the CPU'],
    [{ enable_hr: true, denoising_strength: 0.5, steps: 20 }, 'runs 10 steps'],
  ])('name what %j changes', (fields, words) => {
    expect(warnings({}, fields)).toEqual([expect.stringContaining(words)]);
  });

  it('say that a neutral 0 is none where the sampler adds noise', () => {
    expect(warnings({}, { sampler_name: 'Euler a', eta: 0, s_noise: 0 })).toContainEqual(
      expect.stringContaining('"eta" and "s_noise" 0 would keep AUTOMATIC1111 from adding noise'),
    );
    expect(warnings({}, { sampler_name: 'Euler', eta: 0, s_noise: 0 })).toEqual([]);
  });

  it('name an upscaler that is only the nearest, and a batch', () => {
    const hires = { enable_hr: true, denoising_strength: 0.5, hr_upscaler: 'Latent (antialiased)' };
    expect(warnings({ seeds: [1, 2] }, hires)).toEqual([
      expect.stringContaining('becomes "bilinear"'),
      expect.stringContaining('second pass'),
      expect.stringContaining('batch'),
    ]);
  });

  it('throw for what cannot be done at all', () => {
    expect(() => warnings({}, { sampler_name: 'Restart' })).toThrow(
      expect.objectContaining({ code: 'payload-unsupported' }),
    );
  });

  it('say what a workflow file does not mark, and that it saves nothing', () => {
    const workflow = parseWorkflow(
      {
        1: { class_type: 'KSampler', inputs: { model: '%model%', seed: '%seed%', steps: '%steps%' } },
        2: { class_type: 'SaveImage', inputs: { images: ['1', 0] } },
      },
      'mine.json',
    );
    const request = makeRequest({ enable_hr: true, sampler_name: 'Restart' });
    expect(warningsOn([{ ...request, negativePrompt: 'bad' }], workflow).slice(1)).toEqual([
      expect.stringContaining('runs as a PreviewImage'),
      'cats: "mine.json" sets prompt, cfg_scale, width, height, sampler_name, enable_hr itself, because it has no %prompt%, %cfg_scale%, %width%, %height%, %sampler_name%; the payload\'s values have no effect.',
    ]);
  });
});
