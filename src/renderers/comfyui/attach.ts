/** From an address to a server that is known: its version, its nodes, its files. Changes nothing on it. */
import { awakeTime } from '../../shared/awake-time.ts';
import { pause } from '../../shared/abort/pause.ts';
import type { Architecture } from '../../space/blocks.ts';
import { whyMergedFiles } from '../../checkpoints/methods/ways.ts';
import type { Client } from '../http/client.ts';
import { isConnectionLoss, WebuiError, webuiError } from '../http/errors.ts';
import type { Catalog } from './catalog.ts';
import { matchCheckpoint } from './models.ts';
import {
  choicesOf,
  inputOfType,
  mergesClip,
  mergesForeign,
  mergesWide,
  readAllNodes,
  readNodes,
  readReplacements,
  whyNoImages,
  whyNoMerge,
} from './nodes.ts';
import type { NodeInfos } from './nodes.ts';
import { furtherModels, whyNoSum, type FurtherModels } from './merge/further-models.ts';
import { whyNoMergeOf } from './merge/words.ts';
import {
  checkpointLoader,
  modelFiles,
  setUpTransformer,
  transformerOf,
  type ModelLoaders,
  type TransformerSetup,
} from './transformer.ts';
import { systemStatsSchema } from './schemas.ts';
import { checkpointSource, type ModelSource } from './graph/model-source.ts';
import { LORAS_ALONE } from '../prompt-loras.ts';
import { MERGED_FILES, type BakedLoras } from '../merged-files.ts';
import { findMergedFileSource, type MergedFileSource } from './merged-file-source.ts';
import type { UserWorkflow } from './graph/workflow-file.ts';

export interface Attachment {
  readonly version: string;
  /** Files as the server names them. */
  readonly modelA: string;
  readonly modelB: string;
  readonly source: ModelSource;
  /** The same source where it is that of merged files. */
  readonly merged: MergedFileSource | undefined;
  readonly catalog: Catalog;
  /** Takes weights outside 0..1. */
  readonly wide: boolean;
  readonly savesCheckpoint: boolean;
  /** Of a transformer. */
  readonly transformer: TransformerSetup | undefined;
  /** Merges text encoders. */
  readonly mergesClip: boolean;
  /** See `Capabilities.sendsForeignBlocks`. */
  readonly mergesForeign: boolean;
  /** Classes of the workflow file that the server runs as others. */
  readonly replaced: ReadonlyMap<string, string>;
  /** The one that it computes on first; undefined where it names none. */
  readonly device: Device | undefined;
}

interface Device {
  readonly name: string;
  /** `cpu`, `cuda`, `mps`, … */
  readonly type: string;
}

export interface AttachOptions extends FurtherModels {
  readonly modelA: string;
  readonly modelB: string;
  readonly architecture: Architecture;
  readonly workflow: UserWorkflow | undefined;
  /** Files as people name them, of models that do not bring them; undefined = they are looked for. */
  readonly textEncoders: readonly string[] | undefined;
  readonly vae: string | undefined;
  /** As in `--backend`. */
  readonly backend: string;
  readonly modelsDir: string | undefined;
  /** LoRAs that are baked into merged files. */
  readonly bakes?: BakedLoras | undefined;
  /** False where merged files only adjust model A. */
  readonly hasModelB: boolean;
  readonly waitSeconds: number;
  readonly pollSeconds: number;
}

/** What lies among the diffusion models is no checkpoint of Stable Diffusion. */
const OTHER_FAMILY = ' For another model family, use --architecture, for example flux1 or anima.';

/** @throws WebuiError for what is missing, or that the models are not known or the same */
export async function attach(
  client: Client,
  options: AttachOptions,
  signal: AbortSignal,
): Promise<Attachment> {
  const { version, device, arguments: startedWith } = await waitForServer(client, options, signal);
  const { architecture, workflow } = options;
  const classes = Object.values(workflow?.nodes ?? {}).map(({ class_type: name }) => name);
  const row = transformerOf(architecture);
  const nodes =
    row === undefined
      ? await readNodes(client, architecture, classes, signal)
      : await readAllNodes(client, signal);
  const unable = row === undefined ? whyNoImages(nodes, client.address) : undefined;
  if (unable !== undefined) throw webuiError('webui-merge-way-missing', unable);
  const replaced = await readReplacements(
    client,
    classes.filter((name) => !nodes.has(name)),
    signal,
  );
  const lacking = classes.find((name) => !nodes.has(name) && !replaced.has(name));
  if (lacking !== undefined) {
    throw webuiError(
      'webui-merge-way-missing',
      `ComfyUI at ${client.address} has no node ${lacking}, which the workflow file "${workflow?.file}" uses; install its extension.`,
    );
  }
  const catalog = catalogOf(nodes);
  const files = row === undefined ? catalog.checkpoints : modelFiles(catalog);
  const note = row === undefined ? OTHER_FAMILY : '';
  const modelA = matchCheckpoint(options.modelA, files, note);
  const isAlone = options.backend === LORAS_ALONE;
  const modelB = isAlone ? modelA : matchCheckpoint(options.modelB, files, note);
  if (modelA === modelB && options.hasModelB && !isAlone) {
    throw webuiError(
      'webui-same-model',
      `Model A and model B are the same file ("${modelA}"); choose two different ones.`,
    );
  }
  const further = furtherModels(options, files, nodes, client.address);
  const names = { modelA, modelB, others: 'missing' in further ? [] : further };
  const server = { nodes, catalog, address: client.address };
  const transformer = row && setUpTransformer(row, names, options, server);
  const merging = transformer?.source ?? checkpointSource(names, architecture);
  const byNodes: ModelSource = isAlone ? { nodes: () => merging.nodes('model-a') } : merging;
  const missing = isAlone
    ? undefined
    : ((transformer === undefined
        ? whyNoMerge(nodes, architecture, client.address)
        : whyNoMergeOf(transformer, options.backend, client.address)) ??
      ('missing' in further ? further.missing : undefined) ??
      whyNoSum(options, transformer));
  const loaders = transformer?.loaders ?? { a: checkpointLoader(modelA), b: checkpointLoader(modelB) };
  const merged = findMerged(client, options, { modelA, modelB, byNodes, loaders, missing, startedWith });
  return {
    version,
    modelA,
    modelB,
    source: merged ?? byNodes,
    merged,
    catalog,
    wide: mergesWide(nodes) && (transformer?.merge?.isWide ?? true),
    mergesClip: mergesClip(nodes),
    mergesForeign: !isAlone && merged === undefined && mergesForeign(nodes, architecture),
    savesCheckpoint: !isAlone && nodes.has(transformer?.saver ?? 'CheckpointSave'),
    transformer,
    replaced,
    device,
  };
}

/** @returns undefined where nodes merge; @throws WebuiError `webui-merge-way-missing` where the way that was asked for is not there */
function findMerged(
  client: Client,
  { architecture, backend, modelsDir, others, bakes, methods }: AttachOptions,
  {
    modelA,
    modelB,
    byNodes,
    loaders,
    missing,
    startedWith,
  }: {
    readonly modelA: string;
    readonly modelB: string;
    readonly byNodes: ModelSource;
    readonly loaders: Pick<ModelLoaders, 'a' | 'b'>;
    /** Why nodes cannot merge. */
    readonly missing: string | undefined;
    readonly startedWith: readonly string[];
  },
): MergedFileSource | undefined {
  const isAsked = backend === MERGED_FILES;
  if (!isAsked && missing === undefined) return undefined;
  if (!isAsked && backend !== 'auto') throw webuiError('webui-merge-way-missing', missing ?? '');
  const models = { modelA, modelB, others, modelsDir, bakes };
  const found = findMergedFileSource(byNodes, { client, architecture, ...models, loaders, startedWith });
  if (!('missing' in found)) return found;
  const reasons =
    isAsked || missing === undefined
      ? [...whyMergedFiles(methods ?? []), found.missing]
      : [missing, found.missing];
  throw webuiError('webui-merge-way-missing', reasons.join(' '));
}

export interface System {
  readonly version: string;
  /** What it was started with. */
  readonly arguments: readonly string[];
  readonly device: Device | undefined;
}

/** @throws WebuiError `webui-not-a-webui` when something else answers */
export async function readSystem(client: Client, signal: AbortSignal): Promise<System> {
  try {
    const stats = await client.get('/system_stats', systemStatsSchema, signal, { retry: false });
    const { comfyui_version: version, argv } = stats.system;
    return { version, arguments: argv, device: stats.devices[0] };
  } catch (error) {
    const isOther =
      error instanceof WebuiError &&
      (error.status === 404 || error.status === 405 || error.code === 'webui-bad-reply');
    if (!isOther) throw error;
    throw webuiError(
      'webui-not-a-webui',
      `Something answers at ${client.address}, but it is not ComfyUI; correct the address or the port.`,
      { cause: error },
    );
  }
}

export function catalogOf(nodes: NodeInfos): Catalog {
  const file = inputOfType(nodes, 'UpscaleModelLoader', 'list');
  const model = inputOfType(nodes, 'ImageUpscaleWithModel', 'UPSCALE_MODEL');
  const image = inputOfType(nodes, 'ImageUpscaleWithModel', 'IMAGE');
  const upscaleInputs =
    file === undefined || model === undefined || image === undefined ? undefined : { file, model, image };
  return {
    samplers: choicesOf(nodes, 'KSampler', 'sampler_name'),
    schedulers: choicesOf(nodes, 'KSampler', 'scheduler'),
    checkpoints: choicesOf(nodes, 'CheckpointLoaderSimple', 'ckpt_name'),
    networks: choicesOf(nodes, 'UNETLoader', 'unet_name'),
    textEncoders: choicesOf(nodes, 'CLIPLoader', 'clip_name'),
    vaes: choicesOf(nodes, 'VAELoader', 'vae_name'),
    loras: choicesOf(nodes, 'LoraLoader', 'lora_name'),
    upscaleInputs,
    upscaleModels:
      upscaleInputs === undefined ? [] : choicesOf(nodes, 'UpscaleModelLoader', upscaleInputs.file),
  };
}

/** A starting server refuses, or a proxy in front of it says that it is down. */
async function waitForServer(
  client: Client,
  { waitSeconds, pollSeconds }: AttachOptions,
  signal: AbortSignal,
): Promise<System> {
  const deadline = awakeTime() + waitSeconds * 1000;
  for (let attempt = 0; ; attempt++) {
    try {
      return await readSystem(client, signal);
    } catch (error) {
      // An idle connection that the server had closed says nothing about the server.
      if (attempt === 0 && error instanceof WebuiError && error.code === 'webui-lost') continue;
      if (!mayPass(error) || awakeTime() + pollSeconds * 1000 > deadline) throw error;
    }
    await pause(pollSeconds * 1000, signal);
  }
}

function mayPass(error: unknown): boolean {
  if (isConnectionLoss(error)) return true;
  return error instanceof WebuiError && error.status !== undefined && error.status >= 502;
}
