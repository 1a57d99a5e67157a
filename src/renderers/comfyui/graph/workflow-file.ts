/**
 * A user's own workflow in place of the usual chain: the API format of ComfyUI, in which marks such as `%model%` stand
 * for what the search decides. Loading only parses; nothing of it is run here.
 */
import { z } from 'zod';
import { messageOf, usageError } from '../../../shared/errors.ts';
import type { AutombwError } from '../../../shared/errors.ts';
import { readTextFile } from '../../../shared/files/read-file.ts';
import type { ImageRequest } from '../../../types.ts';
import { chosen } from './node-chain.ts';
import type { Chain } from './node-chain.ts';
import type { Graph, GraphNode, Link } from './graph.ts';
import { partsOf } from './parts.ts';
import type { Add, Source } from './parts.ts';
import { nodeSchema } from '../schemas.ts';
import type { ChainSettings } from '../request/settings.ts';

export interface UserWorkflow {
  /** For messages. */
  readonly file: string;
  readonly nodes: Graph;
  /** The only node that gives images. */
  readonly output: string;
  /** Names of the marks in use, without the signs. */
  readonly marks: ReadonlySet<string>;
}

/** Stand alone as an input and become links. */
const LINK_MARKS = ['model', 'clip', 'vae'] as const;
/** Stand alone and become numbers. */
const NUMBER_MARKS = [
  'seed',
  'steps',
  'cfg_scale',
  'distilled_cfg_scale',
  'width',
  'height',
  'denoising_strength',
] as const;
/** Stand alone or inside a longer text. */
const TEXT_MARKS = ['prompt', 'negative_prompt', 'sampler_name', 'scheduler'] as const;
const MARKS: readonly string[] = [...LINK_MARKS, ...NUMBER_MARKS, ...TEXT_MARKS];
const OUTPUT_CLASSES = ['PreviewImage', 'SaveImage'];

/** @throws usage error `workflow-unreadable` or `workflow-invalid`, one sentence each */
export async function loadWorkflowFile(file: string): Promise<UserWorkflow> {
  let text: string;
  try {
    text = await readTextFile(file);
  } catch (error) {
    throw usageError(
      'workflow-unreadable',
      `The workflow file "${file}" cannot be read: ${messageOf(error)}.`,
      {
        cause: error,
      },
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    return parseWorkflow(value, file);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw usageError('workflow-unreadable', `The workflow file "${file}" is not JSON: ${error.message}.`, {
      cause: error,
    });
  }
}

/** @throws usage error `workflow-invalid` */
export function parseWorkflow(value: unknown, file: string): UserWorkflow {
  const invalid = (problem: string): AutombwError =>
    usageError('workflow-invalid', `The workflow file "${file}" ${problem}`);
  if (editorSchema.safeParse(value).success) {
    throw invalid(
      'is in the editor format; export it again in ComfyUI with "Export (API)" (older versions: turn on the dev mode options in the settings, then "Save (API Format)").',
    );
  }
  const parsed = workflowSchema.safeParse(value);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') || 'its top';
    throw invalid(
      `is not a workflow in API format: ${where} should be nodes of the form {class_type, inputs}.`,
    );
  }
  const nodes: Graph = parsed.data;
  refuseBrokenLinks(nodes, invalid);
  const marks = marksIn(nodes);
  for (const mark of ['model', 'seed']) {
    if (!marks.has(mark)) {
      throw invalid(
        `has no input "%${mark}%"; put it where ${mark === 'model' ? 'the samplers get their model' : 'the sampler gets its seed'}.`,
      );
    }
  }
  const outputs = Object.keys(nodes).filter((id) => OUTPUT_CLASSES.includes(nodes[id]?.class_type ?? ''));
  const [output, ...others] = outputs;
  if (output === undefined || others.length > 0) {
    throw invalid(
      `must have exactly one PreviewImage or SaveImage node, but has ${outputs.length === 0 ? 'none' : outputs.map((id) => `"${id}"`).join(' and ')}.`,
    );
  }
  return { file, nodes, output, marks };
}

/** One copy of the file's nodes for every image that is wanted. Images are previews: a search would fill the output folder. */
export function copyWorkflow(
  workflow: UserWorkflow,
  settings: ChainSettings,
  prefix: string,
  source: Source,
  indexes: ReadonlySet<number>,
): Chain {
  const nodes: Record<string, GraphNode> = {};
  const foreign = new Map<string, readonly unknown[]>();
  const add: Add = (id, classType, inputs) => {
    nodes[id] = { class_type: classType, inputs };
    return [id, 0];
  };
  const parts = partsOf(settings, prefix, source, add, (part) => workflow.marks.has(part));
  const outputs = chosen(settings.seeds, indexes, (seed, index) => {
    const rename = (id: string): string => `${prefix}s${index}_${id}`;
    const values = valuesOf(settings, seed, parts);
    for (const [id, { class_type: classType, inputs }] of Object.entries(workflow.nodes)) {
      const filled = Object.entries(inputs).map(
        ([name, value]) => [name, fill(value, values, workflow.nodes, rename)] as const,
      );
      const copy = Object.fromEntries(filled);
      if (id === workflow.output) {
        nodes[rename(id)] = { class_type: 'PreviewImage', inputs: { images: copy['images'] } };
        continue;
      }
      nodes[rename(id)] = { class_type: classType, inputs: copy, _meta: { title: classType } };
      const decided = filled.filter(
        ([name]) => typeof inputs[name] === 'string' && inputs[name] !== copy[name],
      );
      foreign.set(
        rename(id),
        decided.map(([, value]) => value),
      );
    }
    return rename(workflow.output);
  });
  return { nodes, outputs, foreign };
}

/** The request as far as the workflow looks at it: fields that it does not mark are neither checked nor sent. */
export function markedPart(request: ImageRequest, { marks }: UserWorkflow): ImageRequest {
  const unmarked = Object.entries(UNLESS_MARKED).flatMap(([mark, fields]) => (marks.has(mark) ? [] : fields));
  const dropped = new Set(['enable_hr', ...unmarked]);
  const fields = Object.entries(request.body).filter(([field]) => !dropped.has(field));
  return {
    ...request,
    prompt: marks.has('prompt') ? request.prompt : '',
    negativePrompt: marks.has('negative_prompt') ? request.negativePrompt : '',
    body: Object.fromEntries(fields),
  };
}

const UNLESS_MARKED: Readonly<Record<string, readonly string[]>> = {
  steps: ['steps'],
  cfg_scale: ['cfg_scale'],
  distilled_cfg_scale: ['distilled_cfg_scale'],
  width: ['width'],
  height: ['height'],
  sampler_name: ['sampler_name'],
  scheduler: ['scheduler'],
  denoising_strength: ['denoising_strength'],
};

const editorSchema = z.object({ nodes: z.array(z.unknown()), links: z.array(z.unknown()) });
const workflowSchema = z
  .record(z.string(), nodeSchema)
  .refine((nodes) => Object.keys(nodes).length > 0, 'has no nodes');

function refuseBrokenLinks(nodes: Graph, invalid: (problem: string) => AutombwError): void {
  for (const [id, { inputs }] of Object.entries(nodes)) {
    for (const [name, value] of Object.entries(inputs)) {
      const target = linkTarget(value);
      if (target !== undefined && nodes[target] === undefined) {
        throw invalid(`links "${name}" of node "${id}" to a missing node "${target}".`);
      }
    }
  }
}

function linkTarget(value: unknown): string | undefined {
  const isLink =
    Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && Number.isInteger(value[1]);
  return isLink ? String(value[0]) : undefined;
}

function marksIn(nodes: Graph): ReadonlySet<string> {
  const marks = new Set<string>();
  for (const { inputs } of Object.values(nodes)) {
    for (const value of Object.values(inputs)) {
      if (typeof value !== 'string') continue;
      const alone = /^%(\w+)%$/.exec(value.trim())?.[1];
      if (alone !== undefined && MARKS.includes(alone)) marks.add(alone);
      for (const mark of TEXT_MARKS) if (value.includes(`%${mark}%`)) marks.add(mark);
    }
  }
  return marks;
}

/** Of Flux.1, for a family of which nothing else is known. */
const USUAL_GUIDANCE = 3.5;

function valuesOf(
  settings: ChainSettings,
  seed: number,
  { model, clip, vae }: Source,
): ReadonlyMap<string, string | number | Link> {
  return new Map<string, string | number | Link>([
    ['model', model],
    ...(clip === undefined ? [] : [['clip', clip] as const]),
    ...(vae === undefined ? [] : [['vae', vae] as const]),
    ['seed', seed],
    ['steps', settings.steps],
    ['cfg_scale', settings.cfgScale],
    ['distilled_cfg_scale', settings.guidance ?? USUAL_GUIDANCE],
    ['width', settings.width],
    ['height', settings.height],
    ['denoising_strength', settings.denoisingStrength ?? 1],
    ['prompt', settings.prompt],
    ['negative_prompt', settings.negativePrompt],
    ['sampler_name', settings.sampler.sampler],
    ['scheduler', settings.sampler.scheduler],
  ]);
}

function fill(
  value: unknown,
  values: ReadonlyMap<string, string | number | Link>,
  nodes: Graph,
  rename: (id: string) => string,
): unknown {
  const target = linkTarget(value);
  if (target !== undefined && nodes[target] !== undefined && Array.isArray(value)) {
    return [rename(target), value[1]];
  }
  if (typeof value !== 'string') return value;
  const alone = /^%(\w+)%$/.exec(value.trim())?.[1];
  if (alone !== undefined && values.has(alone)) return values.get(alone);
  return value.replaceAll(TEXT_MARK, (mark, name: string) => String(values.get(name) ?? mark));
}

const TEXT_MARK = new RegExp(`%(${TEXT_MARKS.join('|')})%`, 'g');
