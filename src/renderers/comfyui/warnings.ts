/** What of a payload ComfyUI does only alike, in sentences for people; what it cannot do at all throws. */
import { counted, nounFor } from '../../shared/counted.ts';
import type { ImageRequest } from '../../types.ts';
import type { Catalog } from './catalog.ts';
import type { Drawing } from './families/family.ts';
import { foreignSyntax } from './request/prompt-text.ts';
import { settingsOf } from './request/settings.ts';
import type { ChainSettings } from './request/settings.ts';
import { markedPart } from './graph/workflow-file.ts';
import type { UserWorkflow } from './graph/workflow-file.ts';
import { describeMerge } from './merge/words.ts';
import type { TransformerSetup } from './transformer.ts';

/** What is known of the server. */
interface WarnedOf {
  /** Undefined before the server is known. */
  readonly catalog?: Catalog;
  /** Classes of the workflow file that the server runs as others. */
  readonly replaced?: ReadonlyMap<string, string>;
  readonly transformer?: Pick<TransformerSetup, 'drawing' | 'row' | 'merge' | 'parts'> | undefined;
  /** Merges are written as files. */
  readonly merged?: object | undefined;
}

/**
 * One sentence a payload and peculiarity, in the order of the requests, each only once.
 * @throws usage error `payload-unsupported` or `payload-checkpoint`
 */
export function warningsOn(
  requests: readonly ImageRequest[],
  workflow: UserWorkflow | undefined,
  { catalog, replaced = new Map(), transformer, merged }: WarnedOf = {},
): readonly string[] {
  const warnings = requests.flatMap((request) => {
    const asked = workflow === undefined ? request : markedPart(request, workflow);
    const settings = settingsOf(asked, catalog, transformer?.drawing);
    const own = workflow === undefined ? hiresWarnings(settings) : unmarkedWarnings(request, workflow);
    return [
      ...own,
      ...textWarnings(asked),
      ...samplerWarnings(settings),
      ...neutralWarnings(asked, settings),
      ...familyWarnings(asked, settings, transformer?.drawing, workflow),
    ].map((warning) => `${request.payload}: ${warning}`);
  });
  return [
    ...new Set([
      ...mergeWarnings(merged === undefined ? transformer : undefined),
      ...partWarnings(transformer?.parts),
      ...(requests.length > 0 ? [ALIKE] : []),
      ...fileWarnings(workflow),
      ...replacedWarnings(replaced, workflow),
      ...warnings,
    ]),
  ];
}

const ALIKE =
  'ComfyUI uses different noise and emphasis than AUTOMATIC1111, so its images are similar but not equal: stay with one server for the whole search.';

function fileWarnings(workflow: UserWorkflow | undefined): readonly string[] {
  if (workflow?.nodes[workflow.output]?.class_type !== 'SaveImage') return [];
  return [
    `The SaveImage node of "${workflow.file}" runs as a PreviewImage, so that the search does not fill ComfyUI's output folder.`,
  ];
}

export function replacedWarnings(
  replaced: ReadonlyMap<string, string>,
  workflow: UserWorkflow | undefined,
): readonly string[] {
  return [...replaced].map(
    ([old, now]) =>
      `The node ${old.trim()} of "${workflow?.file}" is outdated, so this ComfyUI runs ${now} instead; export the workflow again to get the new node.`,
  );
}

/** Fields of the payload that have no effect, for the workflow has no mark for them. */
function unmarkedWarnings(
  { body, prompt, negativePrompt }: ImageRequest,
  { file, marks }: UserWorkflow,
): readonly string[] {
  const given = new Set(Object.keys(body));
  if (prompt !== '') given.add('prompt');
  if (negativePrompt === '') given.delete('negative_prompt');
  const unused = MARKED_FIELDS.filter((field) => given.has(field) && !marks.has(field));
  if (body['enable_hr'] === true) unused.push('enable_hr');
  if (unused.length === 0) return [];
  return [
    `"${file}" sets ${unused.join(', ')} itself, because it has no ${
      unused
        .filter((field) => field !== 'enable_hr')
        .map((field) => `%${field}%`)
        .join(', ') || 'mark for a second pass'
    }; the payload's values have no effect.`,
  ];
}

const MARKED_FIELDS = [
  'prompt',
  'negative_prompt',
  'steps',
  'cfg_scale',
  'distilled_cfg_scale',
  'width',
  'height',
  'sampler_name',
  'scheduler',
];

function textWarnings({ prompt, negativePrompt, seeds, body }: ImageRequest): readonly string[] {
  const syntax = new Set([...foreignSyntax(prompt), ...foreignSyntax(negativePrompt)]);
  const overrides: unknown = body['override_settings'];
  const source: unknown =
    typeof overrides === 'object' && overrides !== null ? Reflect.get(overrides, 'randn_source') : undefined;
  return [
    ...[...syntax].map((words) => `in the prompt, ${words}.`),
    ...(seeds.length > 1 ? ['the images of a batch are made one by one, each with its own seed.'] : []),
    ...(typeof source === 'string' && source !== 'CPU'
      ? [`"randn_source" is "${source}", but ComfyUI always makes its initial noise on the CPU.`]
      : []),
  ];
}

function mergeWarnings(transformer: Pick<TransformerSetup, 'row' | 'merge'> | undefined): string[] {
  const { row, merge } = transformer ?? {};
  return row === undefined || merge === undefined ? [] : [describeMerge(row, merge)];
}

/** Files that were found by their names may be other ones than those that were meant. */
function partWarnings(parts: TransformerSetup['parts'] | undefined): string[] {
  const filesOf = (id: string): string[] =>
    Object.entries(parts?.graph[id]?.inputs ?? {}).flatMap(([input, value]) =>
      /_name\d*$/.test(input) && typeof value === 'string' ? [value] : [],
    );
  const [encoders, vaes] = [filesOf('clip'), filesOf('vae')];
  const used = [
    ...(encoders.length === 0 ? [] : [`text ${nounFor(encoders.length, 'encoder')} ${encoders.join(', ')}`]),
    ...(vaes.length === 0 ? [] : [`VAE ${vaes.join(', ')}`]),
  ];
  return used.length === 0 ? [] : [`Drawn with ${used.join(' and ')}.`];
}

/** What is taken where the payload says nothing, and what of it such a model has no use for. */
function familyWarnings(
  { body, negativePrompt }: ImageRequest,
  { width, height, steps, cfgScale, sampler, guidance }: ChainSettings,
  drawing: Drawing | undefined,
  workflow: UserWorkflow | undefined,
): readonly string[] {
  if (drawing === undefined) return [];
  const isSaid = (field: string): boolean => (body[field] ?? '') !== '';
  // What a workflow file decides itself is nobody else's business.
  const isMissing = (field: string): boolean => !isSaid(field) && (workflow?.marks.has(field) ?? true);
  const taken = [
    ...(isMissing('steps') ? [counted(steps, 'step')] : []),
    ...(isMissing('cfg_scale') ? [`"cfg_scale" ${cfgScale}`] : []),
    ...(guidance !== undefined && isMissing('distilled_cfg_scale')
      ? [`"distilled_cfg_scale" ${guidance}`]
      : []),
    ...(isMissing('sampler_name') ? [`the sampler ${sampler.sampler}`] : []),
    ...(isMissing('scheduler') ? [`the scheduler ${sampler.scheduler}`] : []),
    ...(isMissing('width') || isMissing('height') ? [`${width} × ${height} pixels`] : []),
  ];
  return [
    ...(taken.length === 0
      ? []
      : [`for values it does not set, the usual ones for the model are used: ${taken.join(', ')}.`]),
    ...(cfgScale === 1 && negativePrompt !== ''
      ? ['the negative prompt has no effect at a "cfg_scale" of 1.']
      : []),
    ...(guidance === undefined && isSaid('distilled_cfg_scale')
      ? ['"distilled_cfg_scale" has no effect, because the model does not use distilled guidance.']
      : []),
  ];
}

/** The 0 that says nothing on most samplers, and much on those that add noise. */
function neutralWarnings({ body }: ImageRequest, settings: ChainSettings): readonly string[] {
  const zeros = ['eta', 's_noise'].filter((field) => body[field] === 0);
  if (zeros.length === 0 || noisySampler(settings) === undefined) return [];
  return [
    `${zeros.map((field) => `"${field}"`).join(' and ')} 0 would keep AUTOMATIC1111 from adding noise while sampling, but ComfyUI adds it anyway.`,
  ];
}

function noisySampler({ sampler, hires }: ChainSettings): string | undefined {
  return [sampler.sampler, hires?.sampler.sampler ?? ''].find((name) => /ancestral|sde|lcm/.test(name));
}

function samplerWarnings(settings: ChainSettings): readonly string[] {
  const { sampler, hires } = settings;
  const warnings: string[] = [];
  if (sampler.nearest || hires?.sampler.nearest === true) {
    warnings.push('the scheduler "Uniform" becomes "normal", the closest one.');
  }
  const random = noisySampler(settings);
  if (random !== undefined) {
    warnings.push(
      `"${random}" adds noise while sampling, which ComfyUI generates differently, so images differ more than with other samplers.`,
    );
  }
  return warnings;
}

function hiresWarnings({ hires }: ChainSettings): readonly string[] {
  if (hires === undefined) return [];
  const { upscaler } = hires;
  const nearest =
    upscaler.kind === 'latent' && upscaler.nearest
      ? [`the upscaler becomes "${upscaler.method}" on the latent, the closest one.`]
      : [];
  return [
    ...nearest,
    `the second pass runs ${counted(hires.steps, 'step')} at a denoising strength of ${hires.denoise}, about as many as AUTOMATIC1111 runs.`,
  ];
}
