/** Does the server have the nodes that a search needs, and do they take what is sent to them? */
import type { Architecture } from '../../space/blocks.ts';
import { architectureRow } from '../../architectures/registry.ts';
import type { Client } from '../http/client.ts';
import { WebuiError } from '../http/errors.ts';
import { mergeClassOf, ratioInputsOf } from './graph/merge.ts';
import { NO_KINDS } from './merge/words.ts';
import {
  allNodesSchema,
  choiceOptionsSchema,
  choicesSchema,
  limitsSchema,
  objectInfoSchema,
  replacementsSchema,
} from './schemas.ts';
import { CLIP_CLASSES } from './graph/part-nodes.ts';
import type { NodeInfo, Replacements } from './schemas.ts';

export type NodeInfos = ReadonlyMap<string, NodeInfo>;

/** Inputs that are sent to each class. */
export const NEEDED = {
  CheckpointLoaderSimple: ['ckpt_name'],
  CLIPTextEncode: ['text', 'clip'],
  EmptyLatentImage: ['width', 'height', 'batch_size'],
  KSampler: [
    'model',
    'seed',
    'steps',
    'cfg',
    'sampler_name',
    'scheduler',
    'positive',
    'negative',
    'latent_image',
    'denoise',
  ],
  VAEDecode: ['samples', 'vae'],
  PreviewImage: ['images'],
} satisfies Readonly<Record<string, readonly string[]>>;
const WIDE: Readonly<Record<string, readonly string[]>> = {
  ModelMergeSubtract: ['model1', 'model2', 'multiplier'],
  ModelMergeAdd: ['model1', 'model2'],
};
const OPTIONAL = [
  'CheckpointSave',
  ...Object.keys(CLIP_CLASSES),
  'CLIPSetLastLayer',
  'LoraLoader',
  'VAELoader',
  'LatentUpscale',
  'LatentUpscaleBy',
  'ImageScale',
  'VAEEncode',
  'UpscaleModelLoader',
  'ImageUpscaleWithModel',
];

/** Descriptions of all the classes that may be sent, and of `more`; those that the server lacks are left out. */
export async function readNodes(
  client: Client,
  architecture: Architecture,
  more: readonly string[],
  signal: AbortSignal,
): Promise<NodeInfos> {
  const names = new Set([
    ...(architectureRow(architecture).kinds === true ? [] : [mergeClassOf(architecture)]),
    ...foreignClassOf(architecture),
    ...Object.keys(NEEDED),
    ...Object.keys(WIDE),
    ...OPTIONAL,
    ...more,
  ]);
  return readClasses(client, names, signal);
}

/** Descriptions of everything that the server has, extensions too: half a megabyte. */
export async function readAllNodes(client: Client, signal: AbortSignal): Promise<NodeInfos> {
  return new Map(Object.entries(await client.get('/object_info', allNodesSchema, signal)));
}

async function readClasses(
  client: Client,
  names: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<NodeInfos> {
  const nodes = new Map<string, NodeInfo>();
  // One after another: the description of all nodes at once would be large, and they are small.
  for (const name of names) {
    const path = `/object_info/${encodeURIComponent(name)}`;
    const info = (await client.get(path, objectInfoSchema, signal))[name];
    if (info !== undefined) nodes.set(name, info);
  }
  return nodes;
}

/**
 * Newer servers run nodes of classes that are gone as others.
 * @param gone classes that the server lacks
 * @returns the class that comes in place of each, for those that have one
 */
export async function readReplacements(
  client: Client,
  gone: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  if (gone.length === 0) return new Map();
  const known = await client
    .get('/node_replacements', replacementsSchema, signal)
    .catch((error: unknown): Replacements => {
      // Older servers replace nothing.
      if (error instanceof WebuiError && error.status === 404) return {};
      throw error;
    });
  const replaced = new Map<string, string>();
  for (const name of gone) {
    const [first] = known[name] ?? [];
    const nodes =
      first === undefined ? new Map() : await readClasses(client, new Set([first.new_node_id]), signal);
    if (first !== undefined && nodes.has(first.new_node_id)) replaced.set(name, first.new_node_id);
  }
  return replaced;
}

/** The first thing that stands in the way of images at all, as a sentence; undefined when there is none. */
export function whyNoImages(nodes: NodeInfos, address: string): string | undefined {
  return missingNode(nodes, NEEDED, address, 'use version 0.3.64, or another one that has it');
}

/** The first thing that stands in the way of a merge, as a sentence; undefined when there is none. */
export function whyNoMerge(
  nodes: NodeInfos,
  architecture: Architecture,
  address: string,
): string | undefined {
  if (architectureRow(architecture).kinds === true) return NO_KINDS;
  const mergeClass = mergeClassOf(architecture);
  const ratios = ratioInputsOf(architecture);
  const needed = { ...NEEDED, [mergeClass]: ['model1', 'model2', ...ratios] };
  const missing = missingNode(nodes, needed, address, 'use version 0.3.64, or another one that has it');
  if (missing !== undefined) return missing;
  const merge = nodes.get(mergeClass);
  const narrow = ratios.find((input) => !takesZeroToOne(merge, input));
  return narrow === undefined
    ? undefined
    : `ComfyUI at ${address} has a node ${mergeClass} whose "${narrow}" does not accept 0 to 1; use version 0.3.64, or another one that does.`;
}

/** The first class that the server lacks, or that does not take what is sent to it, as a sentence that ends with the advice. */
export function missingNode(
  nodes: NodeInfos,
  needed: Readonly<Record<string, readonly string[]>>,
  address: string,
  advice: string,
): string | undefined {
  for (const [name, inputs] of Object.entries(needed)) {
    const difference = differenceOf(name, nodes.get(name), inputs);
    if (difference !== undefined) return `ComfyUI at ${address} ${difference}; ${advice}.`;
  }
  return undefined;
}

/** Can it reach weights outside 0..1? */
export function mergesWide(nodes: NodeInfos): boolean {
  return Object.entries(WIDE).every(
    ([name, inputs]) => differenceOf(name, nodes.get(name), inputs) === undefined,
  );
}

/** Can it move the blocks that the family lacks and another has? */
export function mergesForeign(nodes: NodeInfos, architecture: Architecture): boolean {
  const { foreign } = architectureRow(architecture);
  if (foreign === undefined) return false;
  const sent = ['model1', 'model2', ...ratioInputsOf(foreign.other)];
  return foreignClassOf(architecture).every(
    (name) => differenceOf(name, nodes.get(name), sent) === undefined,
  );
}

function foreignClassOf(architecture: Architecture): readonly string[] {
  const { foreign } = architectureRow(architecture);
  return foreign === undefined ? [] : [mergeClassOf(foreign.other)];
}

/** Can it merge text encoders? */
export function mergesClip(nodes: NodeInfos): boolean {
  return Object.entries(CLIP_CLASSES).every(
    ([name, inputs]) => differenceOf(name, nodes.get(name), inputs) === undefined,
  );
}

/** What an input can be chosen from; empty where the node or the list is missing. */
export function choicesOf(nodes: NodeInfos, name: string, input: string): readonly string[] {
  const [choices, options] = inputOf(nodes.get(name), input) ?? [];
  const list = choicesSchema.safeParse(choices);
  return list.success ? list.data : (choiceOptionsSchema.safeParse(options).data?.options ?? []);
}

/** The first required input of a type; `list` = the one that is chosen from a list. */
export function inputOfType(nodes: NodeInfos, name: string, type: string): string | undefined {
  const required = Object.entries(nodes.get(name)?.input.required ?? {});
  return required.find(([, [found]]) =>
    type === 'list' ? Array.isArray(found) || found === 'COMBO' : found === type,
  )?.[0];
}

function differenceOf(name: string, info: NodeInfo | undefined, sent: readonly string[]): string | undefined {
  if (info === undefined) return `has no node ${name}`;
  const lacking = sent.find((input) => inputOf(info, input) === undefined);
  if (lacking !== undefined) return `has a node ${name} without the input "${lacking}"`;
  const extra = Object.keys(info.input.required).find((input) => !sent.includes(input));
  return extra === undefined ? undefined : `has a node ${name} with an unknown required input "${extra}"`;
}

function takesZeroToOne(info: NodeInfo | undefined, input: string): boolean {
  const limits = limitsSchema.safeParse(inputOf(info, input)?.[1]);
  return limits.success && limits.data.min <= 0 && limits.data.max >= 1;
}

function inputOf(info: NodeInfo | undefined, input: string): readonly unknown[] | undefined {
  return info?.input.required[input] ?? info?.input.optional?.[input];
}
