/**
 * Merged files in a model folder of ComfyUI: needs no node that merges, only the folder as a path of this machine. ComfyUI keeps what a
 * loader gave for as long as its inputs stay the same, whatever became of the file, so that every merge gets a name that never was.
 */
import { pause } from '../../shared/abort/pause.ts';
import { isExpected } from '../../shared/errors.ts';
import type { Architecture } from '../../space/blocks.ts';
import type { Client } from '../http/client.ts';
import { webuiError } from '../http/errors.ts';
import { MergedFiles, findLocalModels } from '../merged-files.ts';
import type { BakedLoras } from '../merged-files.ts';
import type { LocalModels } from '../renderer.ts';
import type { GraphNode } from './graph/graph.ts';
import type { ModelSource } from './graph/model-source.ts';
import { choicesOf } from './nodes.ts';
import { objectInfoSchema } from './schemas.ts';

export interface MergedFileSource extends ModelSource {
  readonly files: MergedFiles;
  /** Both models as paths of this machine. */
  readonly local: LocalModels;
  /** A sentence each, for people. */
  warnings(): readonly string[];
  /** The server lets go of the merges, and they are deleted. Never throws. @returns a sentence for what could not be */
  end(): Promise<readonly string[]>;
}

export interface MergedFileOptions {
  readonly client: Client;
  readonly architecture: Architecture;
  /** As the server names them, below its folder. */
  readonly modelA: string;
  readonly modelB: string;
  readonly others?: readonly string[] | undefined;
  readonly bakes?: BakedLoras | undefined;
  /** That folder as a path of this machine. */
  readonly modelsDir: string | undefined;
  /** The nodes that load the models, which tell in what folder of the server they are. */
  readonly loaders: { readonly a: GraphNode; readonly b: GraphNode };
  /** Arguments of the server. */
  readonly startedWith: readonly string[];
}

/**
 * @param plain how model A is loaded without a merge: its loader is the node `a`
 * @returns one sentence where there is no such way
 */
export function findMergedFileSource(
  plain: ModelSource,
  { client, architecture, modelA, modelB, others, bakes, modelsDir, loaders, startedWith }: MergedFileOptions,
): MergedFileSource | { readonly missing: string } {
  const local = findLocally({ modelA, modelB, others, modelsDir, address: client.address, loaders });
  if ('missing' in local) return local;
  const files = new MergedFiles(local, architecture, bakes);
  /** What was written last: the weights as text, and the file as the server names it. */
  let current: { readonly weights: string; readonly file: string } | undefined;
  let isListed = false;
  const isHoarder = keepsOldModels(startedWith);

  const loaderOf = (file: string): GraphNode => withFile(plain.nodes('model-a').graph['a'], modelA, file);

  return {
    files,
    local,
    warnings: () => [...files.warnings(), ...(isHoarder ? [HOARDER] : [])],

    async prepare(weights, signal) {
      if (weights === 'model-a') return;
      const text = JSON.stringify(weights);
      if (current?.weights === text) return;
      // Before the merge, which takes longer.
      if (isHoarder && current !== undefined) await letGo(client);
      current = undefined;
      const name = await files.write(weights, signal);
      const file = modelA.replace(/[^\\/]*$/, '') + name;
      if (!isListed) await requireListed(client, loaderOf(file), file, files.folder, signal);
      isListed = true;
      current = { weights: text, file };
    },

    nodes(weights) {
      const loaded = plain.nodes('model-a');
      if (weights === 'model-a') return loaded;
      if (current?.weights !== JSON.stringify(weights)) throw new RangeError('no file of these weights');
      return { ...loaded, graph: { ...loaded.graph, a: loaderOf(current.file) } };
    },

    async end() {
      if (current !== undefined) await letGo(client);
      current = undefined;
      let left = files.remove();
      // Windows deletes nothing that is open, and the server lets go of it in its own time.
      for (let attempt = 0; left.length > 0 && attempt < DELETE_ATTEMPTS; attempt++) {
        await pause(DELETE_PAUSE_MS, AbortSignal.timeout(2 * DELETE_PAUSE_MS));
        left = files.remove();
      }
      return left.length === 0
        ? []
        : [
            `The work files ${left.join(', ')} cannot be deleted: another program has them open. Delete them by hand.`,
          ];
    },
  };
}

/** @param models stand in for those of a search. @returns one sentence; undefined where merged files could be used */
export function whyNoMergedFiles({
  models,
  modelsDir,
  address,
}: {
  readonly models: readonly string[];
  readonly modelsDir: string | undefined;
  readonly address: string;
}): string | undefined {
  const [modelA, modelB = modelA] = models;
  if (modelA === undefined || modelB === undefined) return 'ComfyUI has no models.';
  const local = findLocally({ modelA, modelB, modelsDir, address });
  return 'missing' in local ? local.missing : undefined;
}

function findLocally({
  address,
  loaders,
  ...models
}: Pick<MergedFileOptions, 'modelA' | 'modelB' | 'others' | 'modelsDir'> & {
  readonly address: string;
  /** Undefined = in any of the server's folders. */
  readonly loaders?: MergedFileOptions['loaders'];
}): ReturnType<typeof findLocalModels> {
  return findLocalModels({
    ...models,
    below: { a: foldersOf(loaders?.a), b: foldersOf(loaders?.b) },
    server: `ComfyUI at ${address}, the one with the models`,
    withoutFolder:
      'Merged files work with any ComfyUI: give the model folder (models/checkpoints, models/diffusion_models) as a path on this machine with --models-dir.',
  });
}

/** As ComfyUI calls them: a file of the same name in another one is another file. */
function foldersOf(loader: GraphNode | undefined): readonly string[] {
  if (loader === undefined) return [...CHECKPOINTS, ...NETWORKS];
  return loader.class_type === 'CheckpointLoaderSimple' ? CHECKPOINTS : NETWORKS;
}

const CHECKPOINTS = ['checkpoints'];
const NETWORKS = ['diffusion_models', 'unet'];

function withFile(loader: GraphNode | undefined, modelA: string, file: string): GraphNode {
  const input = inputWith(loader, modelA);
  if (loader === undefined || input === undefined) throw new Error('model A has a loader');
  return { ...loader, inputs: { ...loader.inputs, [input]: file } };
}

function inputWith(loader: GraphNode | undefined, file: string): string | undefined {
  return Object.entries(loader?.inputs ?? {}).find(([, value]) => value === file)?.[0];
}

/** Its list is rebuilt whenever a folder has changed: a file that is not in it lies elsewhere. */
async function requireListed(
  client: Client,
  loader: GraphNode,
  file: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const name = loader.class_type;
  const info = await client.get(`/object_info/${name}`, objectInfoSchema, signal);
  const input = inputWith(loader, file) ?? '';
  if (choicesOf(new Map(Object.entries(info)), name, input).includes(file)) return;
  throw webuiError(
    'webui-model-not-loaded',
    `ComfyUI at ${client.address} does not find the merged file ${file} in ${folder}: give its own model folder with --models-dir, not a copy.`,
  );
}

/** With such a cache every merge would stay in its memory, until there is none left. */
function keepsOldModels(startedWith: readonly string[]): boolean {
  const words = startedWith.flatMap((word) => word.split('='));
  const at = words.indexOf('--cache-lru');
  return at !== -1 && Number(words[at + 1] ?? 0) > 0;
}

const HOARDER =
  'ComfyUI was started with --cache-lru, which would keep every merged file in memory, so its memory is freed before each merge and text encoders are reloaded; iterations are faster without that option.';

/** Otherwise the last merge stays in its memory, of which there may be 24 GB, until somebody else's prompt takes its place. */
async function letGo(client: Client): Promise<void> {
  try {
    const body = { unload_models: true, free_memory: true };
    await client.send('/free', body, AbortSignal.timeout(FREE_MS));
  } catch (error) {
    if (!isExpected(error)) throw error;
  }
}

const FREE_MS = 10_000;
const DELETE_PAUSE_MS = 1000;
const DELETE_ATTEMPTS = 5;
