/**
 * What `autombw init` asks, in order: models and prompts, then, for those who want to change it, how images are drawn (all of the Python
 * tool's form, with its defaults), then what a search needs. The flags are made from the same table. Limits stand in the schemas of payload
 * and configuration.
 */
import { ARCHITECTURES, TRANSFORMERS, DEFAULT_ARCHITECTURE } from '../../../../architectures/ids.ts';

export type Answer = string | number | boolean;

/** What a server offers, see server-lists.ts. */
export type ServerList = 'samplers' | 'schedulers' | 'upscalers' | 'models';

export interface Question {
  /** In camel case; `samplerName` is `--sampler-name`, and `sampler_name` in a payload. */
  readonly key: string;
  readonly label: string;
  readonly kind: 'text' | 'integer' | 'number' | 'yes-no' | 'choice';
  /** Taken when nothing is said; undefined = there must be an answer. */
  readonly standard?: Answer;
  /** Of a choice; names of `list` are free text where no server answers. */
  readonly choices?: readonly string[];
  readonly list?: ServerList;
  /** `talk`: it only decides which others are asked; there is no flag for it. */
  readonly place: 'name' | 'payload' | 'config' | 'talk';
  /** Asked only when that question was answered with yes. */
  readonly onlyWith?: string;
}

const payload = (
  key: string,
  label: string,
  kind: Question['kind'],
  standard?: Answer,
  more: Partial<Question> = {},
): Question => ({
  key,
  label,
  kind,
  place: 'payload',
  ...(standard === undefined ? {} : { standard }),
  ...more,
});

/** The question whose "yes" asks for everything about the images. */
export const DETAILS = 'details';
const detail = { onlyWith: DETAILS } as const;
const hires = { onlyWith: 'enableHr' } as const;

export const QUESTIONS: readonly Question[] = [
  { key: 'modelA', label: 'Model A', kind: 'choice', list: 'models', place: 'config' },
  { key: 'modelB', label: 'Model B, merged into A', kind: 'choice', list: 'models', place: 'config' },
  // What is usual for the others depends on it.
  {
    key: 'architecture',
    label: 'Model family',
    kind: 'choice',
    choices: [...ARCHITECTURES, ...TRANSFORMERS],
    standard: DEFAULT_ARCHITECTURE,
    place: 'config',
  },
  payload('prompt', 'Prompt', 'text'),
  payload('negativePrompt', 'Negative prompt', 'text', ''),
  { key: DETAILS, label: 'Change how images are drawn?', kind: 'yes-no', standard: false, place: 'talk' },
  payload('wildcardType', 'How prompt templates are expanded', 'choice', 'random', {
    choices: ['none', 'random', 'combinatorial', 'jinja2', 'lucky'],
    ...detail,
  }),
  payload('width', 'Width in pixels', 'integer', 512, detail),
  payload('height', 'Height in pixels', 'integer', 512, detail),
  payload('steps', 'Sampling steps', 'integer', 48, detail),
  payload('cfgScale', 'CFG scale', 'number', 7, detail),
  payload('samplerName', 'Sampler', 'choice', 'Euler', { list: 'samplers', ...detail }),
  payload('scheduler', 'Scheduler', 'choice', 'Automatic', { list: 'schedulers', ...detail }),
  payload('seed', 'Seed; -1 = random, the same for the whole run', 'integer', 1, detail),
  payload('nIter', 'Number of batches', 'integer', 1, detail),
  payload('batchSize', 'Batch size', 'integer', 1, detail),
  payload('enableHr', 'Second pass at a larger size (hires)?', 'yes-no', false, detail),
  payload('hrScale', 'Hires: scale factor', 'number', 2, hires),
  payload('hrUpscaler', 'Hires: upscaler', 'choice', 'Latent', { list: 'upscalers', ...hires }),
  payload('hrSecondPassSteps', 'Hires: steps; 0 = same as the first pass', 'integer', 0, hires),
  payload('denoisingStrength', 'Hires: denoising strength', 'number', 0.7, hires),
  payload('hrResizeX', 'Hires: width instead of the factor; 0 = use the factor', 'integer', 0, hires),
  payload('hrResizeY', 'Hires: height instead of the factor; 0 = use the factor', 'integer', 0, hires),
  payload('restoreFaces', 'Restore faces?', 'yes-no', false, detail),
  payload('tiling', 'Tileable images?', 'yes-no', false, detail),
  payload('reverseScoring', 'Invert the score (lower is better)?', 'yes-no', false, detail),
  { key: 'scorer', label: 'Scorer', kind: 'text', standard: 'quality', place: 'config' },
  {
    key: 'iterations',
    label: 'Maximum number of iterations',
    kind: 'integer',
    standard: 270,
    place: 'config',
  },
  { key: 'output', label: 'Name of the merged model', kind: 'text', standard: 'merged', place: 'config' },
  { key: 'name', label: 'Name of the payload', kind: 'text', standard: 'first', place: 'name' },
];

/** `nIter` → `n_iter`. */
export function payloadKey(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
