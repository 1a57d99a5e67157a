/** A transformer on a server: which nodes load, merge and draw it, and which files go with it. */
import type { Architecture, ArchitectureRow } from '../../architectures/architecture.ts';
import { architectureRow } from '../../architectures/registry.ts';
import { webuiError } from '../http/errors.ts';
import type { Catalog } from './catalog.ts';
import type { Drawing } from './families/family.ts';
import { encoderLoader, vaeFile } from './families/find-files.ts';
import { comfyFamily } from './families/registry.ts';
import type { GraphNode } from './graph/graph.ts';
import type { ModelFiles } from './graph/merge.ts';
import type { Loaders } from './graph/terms.ts';
import { mergingSource, type LoadedParts, type ModelSource } from './graph/model-source.ts';
import type { UserWorkflow } from './graph/workflow-file.ts';
import { mergeClassesIn } from './merge/classes.ts';
import { chooseMerge, type MergeChoice } from './merge/choose.ts';
import { choicesOf, missingNode, NEEDED, type NodeInfos } from './nodes.ts';

/** Undefined for what is no transformer. */
export function transformerOf(architecture: Architecture): ArchitectureRow | undefined {
  const row = architectureRow(architecture);
  return row.layout === undefined ? undefined : row;
}

/** @param nodes all of the server's */
export function mergeOf(
  { layout, kinds, optionalBlocks }: ArchitectureRow,
  nodes: NodeInfos,
): MergeChoice | undefined {
  if (layout === undefined || kinds === true) return undefined;
  return chooseMerge(layout, optionalBlocks, mergeClassesIn(nodes));
}

/**
 * How the images are made. A workflow file makes its own, and takes from here only what stands for fields that a payload leaves out.
 * @param file of model A
 * @returns undefined for a family that only a workflow file can draw with
 * @throws WebuiError `webui-merge-way-missing` for such a family without one
 */
function drawingOf(
  { layout, title }: ArchitectureRow,
  file: string,
  workflow: UserWorkflow | undefined,
): Drawing | undefined {
  const found = layout && comfyFamily(layout.family.id)?.drawing(layout, file);
  if (found !== undefined && !('reason' in found)) return found;
  if (workflow !== undefined) return undefined;
  throw webuiError(
    'webui-merge-way-missing',
    `${title} ${found?.reason ?? 'is not supported on ComfyUI directly'}: give your own workflow with --workflow.`,
  );
}

/** Files of the server that can be model A or B: each list names its own folder. */
export function modelFiles({ checkpoints, networks }: Catalog): readonly string[] {
  return [...new Set([...checkpoints, ...networks])];
}

export interface ModelLoaders extends Loaders {
  /** Model A brings its text encoders and its VAE. */
  readonly isWhole: boolean;
}

/** @param names as the server has them */
export function loadersOf(row: ArchitectureRow, names: ModelFiles, catalog: Catalog): ModelLoaders {
  const usuallyWhole = row.layout !== undefined && comfyFamily(row.layout.family.id)?.isWhole === true;
  const isCheckpoint = (file: string): boolean =>
    catalog.checkpoints.includes(file) && (usuallyWhole || !catalog.networks.includes(file));
  const loaderOf = (file: string): GraphNode =>
    isCheckpoint(file) ? checkpointLoader(file) : networkLoader(file);
  return {
    a: loaderOf(names.modelA),
    b: loaderOf(names.modelB),
    others: names.others?.map(loaderOf),
    isWhole: isCheckpoint(names.modelA),
  };
}

/** The class that loads a network alone. */
export const NETWORK_LOADER = 'UNETLoader';

export function checkpointLoader(file: string): GraphNode {
  return { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: file } };
}

function networkLoader(file: string): GraphNode {
  return { class_type: NETWORK_LOADER, inputs: { unet_name: file, weight_dtype: 'default' } };
}

export interface PartsOptions {
  readonly textEncoders: readonly string[] | undefined;
  readonly vae: string | undefined;
  readonly workflow: UserWorkflow | undefined;
}

/**
 * Text encoders and VAE: those that were asked for, those in model A's file, or those that fit by their names.
 * @throws usage error `model-parts`
 */
function partsFor(
  { title }: ArchitectureRow,
  drawing: Drawing | undefined,
  { isWhole }: Pick<ModelLoaders, 'isWhole'>,
  { textEncoders, vae, workflow }: PartsOptions,
  catalog: Catalog,
): LoadedParts {
  const graph: Record<string, GraphNode> = {};
  let parts: LoadedParts = {
    graph,
    clip: isWhole ? ['a', 1] : undefined,
    vae: isWhole ? ['a', 2] : undefined,
  };
  const isUsed = (part: 'clip' | 'vae'): boolean => workflow?.marks.has(part) ?? true;
  if (drawing === undefined) {
    const part = (['clip', 'vae'] as const).find((one) => parts[one] === undefined && isUsed(one));
    if (part === undefined) return parts;
    throw webuiError(
      'webui-merge-way-missing',
      `autombw does not know which other files ${title} needs: load them in the workflow file "${workflow?.file}" itself, instead of %${part}%.`,
    );
  }
  if (isUsed('clip') && (!isWhole || textEncoders !== undefined)) {
    graph['clip'] = encoderLoader(drawing, { title, asked: textEncoders }, catalog);
    parts = { ...parts, clip: ['clip', 0] };
  }
  if (isUsed('vae') && (!isWhole || vae !== undefined)) {
    const file = vaeFile(drawing, { title, asked: vae }, catalog);
    graph['vae'] = { class_type: 'VAELoader', inputs: { vae_name: file } };
    parts = { ...parts, vae: ['vae', 0] };
  }
  return parts;
}

/**
 * The first node of those that are going to be sent that the server lacks or has otherwise, as a sentence.
 * @param parts and loaders as they are going to be sent
 */
function whyNotDrawn(
  nodes: NodeInfos,
  drawing: Drawing | undefined,
  sent: readonly GraphNode[],
  { workflow }: Pick<PartsOptions, 'workflow'>,
  address: string,
): string | undefined {
  const needed: Record<string, readonly string[]> = {
    PreviewImage: ['images'],
    ...Object.fromEntries(sent.map(({ class_type: name, inputs }) => [name, Object.keys(inputs)])),
    ...(drawing === undefined || workflow !== undefined ? {} : chainNodes(drawing)),
  };
  const missing = missingNode(nodes, needed, address, 'use a newer ComfyUI');
  return missing ?? whyNoType(nodes, sent, address);
}

export interface TransformerSetup {
  readonly row: ArchitectureRow;
  readonly loaders: ModelLoaders;
  readonly parts: LoadedParts;
  readonly source: ModelSource;
  readonly drawing: Drawing | undefined;
  /** Undefined where no nodes can merge it: then the source has plain model A only. */
  readonly merge: MergeChoice | undefined;
  /** The class that writes a merged file of it. */
  readonly saver: 'CheckpointSave' | 'ModelSave';
}

/**
 * @throws WebuiError `webui-merge-way-missing`; usage error `model-parts`
 */
export function setUpTransformer(
  row: ArchitectureRow,
  names: ModelFiles,
  options: PartsOptions,
  {
    nodes,
    catalog,
    address,
  }: { readonly nodes: NodeInfos; readonly catalog: Catalog; readonly address: string },
): TransformerSetup {
  const loaders = loadersOf(row, names, catalog);
  const usual = drawingOf(row, names.modelA, options.workflow);
  const drawing = usual && {
    ...usual,
    patches: usual.patches?.filter(({ className }) => nodes.has(className)),
  };
  const parts = partsFor(row, drawing, loaders, options, catalog);
  const sent = [loaders.a, loaders.b, ...(loaders.others ?? []), ...Object.values(parts.graph)];
  const missing = whyNotDrawn(nodes, drawing, sent, options, address);
  if (missing !== undefined) throw webuiError('webui-merge-way-missing', missing);
  const merge = mergeOf(row, nodes);
  return {
    row,
    loaders,
    parts,
    source: mergingSource(loaders, parts, { architecture: row.id, steps: merge?.steps ?? [] }),
    drawing,
    merge,
    saver: loaders.isWhole ? 'CheckpointSave' : 'ModelSave',
  };
}

/** Types are words that every version adds some to. */
function whyNoType(nodes: NodeInfos, sent: readonly GraphNode[], address: string): string | undefined {
  for (const { class_type: name, inputs } of sent) {
    const { type } = inputs;
    if (typeof type !== 'string' || choicesOf(nodes, name, 'type').includes(type)) continue;
    return `ComfyUI at ${address} has a node ${name} that loads no text encoder for "${type}"; use a newer ComfyUI.`;
  }
  return undefined;
}

function chainNodes({ latent, guidance }: Drawing): Record<string, readonly string[]> {
  const { CLIPTextEncode, KSampler, VAEDecode } = NEEDED;
  return {
    CLIPTextEncode,
    KSampler,
    VAEDecode,
    [latent]: ['width', 'height', 'batch_size'],
    ...(guidance === undefined ? {} : { FluxGuidance: ['conditioning', 'guidance'] }),
  };
}
