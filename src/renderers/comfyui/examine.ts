/** A look at a ComfyUI that leaves it as it was: what is there, and whether it can merge. For `autombw doctor`. */
import { DEFAULT_ARCHITECTURE } from '../../architectures/registry.ts';
import type { ArchitectureRow } from '../../architectures/architecture.ts';
import { isExpected } from '../../shared/errors.ts';
import type { Architecture } from '../../space/blocks.ts';
import type { BackendExamination, Examination } from '../examination.ts';
import type { Client } from '../http/client.ts';
import type { Capabilities } from '../renderer.ts';
import { MERGED_FILES, capabilitiesOfFiles } from '../merged-files.ts';
import { catalogOf, readSystem } from './attach.ts';
import { MERGE_WAY } from './graph/terms.ts';
import { capabilitiesOf } from './capabilities.ts';
import { connectComfy } from './client.ts';
import type { ComfyClientOptions } from './client.ts';
import { checkpointSource, mergingSource, type ModelSource } from './graph/model-source.ts';
import { describeMerge, whyNoMergeOf } from './merge/words.ts';
import { whyNoMergedFiles } from './merged-file-source.ts';
import {
  mergesClip,
  mergesWide,
  readAllNodes,
  readNodes,
  whyNoImages,
  whyNoMerge,
  type NodeInfos,
} from './nodes.ts';
import { loadersOf, mergeOf, NETWORK_LOADER, modelFiles, transformerOf } from './transformer.ts';
import { tryOut } from './try-out.ts';

const SUMMARY = 'built in; merges in memory and draws all images of an iteration in one prompt';

/** A merge is tried without an image. */
const NO_PARTS = { graph: {}, clip: undefined, vae: undefined };

export interface ExamineComfyOptions extends ComfyClientOptions {
  readonly architecture?: Architecture;
  /** The folder that holds the models as a path of this machine. */
  readonly modelsDir?: string;
  /** Try what a search does first, too. */
  readonly tries?: boolean;
}

/** Expected failures come back as sentences, not as errors. */
export async function examineComfy(
  options: ExamineComfyOptions,
  signal: AbortSignal,
): Promise<Omit<Examination, 'family' | 'checkpoint'>> {
  const { client } = connectComfy({ retryDelays: [], ...options });
  const { address } = client;
  const architecture = options.architecture ?? DEFAULT_ARCHITECTURE;
  try {
    const { version } = await readSystem(client, signal);
    const { nodes, models, networks, missing, capabilities, merge, source } = await lookAt(
      client,
      architecture,
      signal,
    );
    const way = {
      name: MERGE_WAY,
      summary: merge === undefined ? SUMMARY : `${SUMMARY}. ${merge}`,
      takes: 'checkpoint',
      capabilities,
      ...(missing === undefined ? {} : { missing }),
    } as const;
    const unable =
      whyNoImages(nodes, address) ?? whyNoMergedFiles({ models, modelsDir: options.modelsDir, address });
    const files: BackendExamination = {
      name: MERGED_FILES,
      summary:
        'no merge nodes needed; all blocks free, merged files in the model folder (--models-dir); each iteration writes the changed blocks and loads a model',
      takes: 'checkpoint',
      capabilities: capabilitiesOfFiles(architecture),
      ...(unable === undefined ? {} : { missing: unable }),
    };
    const isTried = options.tries === true && missing === undefined;
    return {
      address,
      version,
      models,
      ...(networks.length > 0 ? { networks } : {}),
      // Who has nodes that merge need not hear of it.
      mergeWays: missing === undefined && options.modelsDir === undefined ? [way] : [way, files],
      ...(isTried ? { obstacles: await tryOut(client, source, architecture, signal) } : {}),
    };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return { address, problem: error.message, version: null, models: [], mergeWays: [] };
  } finally {
    await client.close();
  }
}

interface Look {
  readonly nodes: NodeInfos;
  readonly models: readonly string[];
  /** Files that only models of another family are loaded from. */
  readonly networks: readonly string[];
  /** Why nodes do not merge. */
  readonly missing: string | undefined;
  readonly capabilities: Capabilities;
  /** Which nodes merge, in words. */
  readonly merge: string | undefined;
  /** Some two of the models, merged by nodes. */
  readonly source: ModelSource;
}

async function lookAt(client: Client, architecture: Architecture, signal: AbortSignal): Promise<Look> {
  const row = transformerOf(architecture);
  if (row !== undefined) return lookAtTransformer(client, row, signal);
  const nodes = await readNodes(client, architecture, [NETWORK_LOADER], signal);
  const { checkpoints: models, networks } = catalogOf(nodes);
  const found = {
    wide: mergesWide(nodes),
    mergesClip: mergesClip(nodes),
    savesCheckpoint: nodes.has('CheckpointSave'),
  };
  return {
    nodes,
    models,
    networks,
    missing: whyNoMerge(nodes, architecture, client.address),
    capabilities: capabilitiesOf(architecture, found),
    merge: undefined,
    source: checkpointSource(someTwo(models), architecture),
  };
}

async function lookAtTransformer(client: Client, row: ArchitectureRow, signal: AbortSignal): Promise<Look> {
  const nodes = await readAllNodes(client, signal);
  const catalog = catalogOf(nodes);
  const models = modelFiles(catalog);
  const merge = mergeOf(row, nodes);
  const found = {
    wide: mergesWide(nodes) && (merge?.isWide ?? true),
    // Most files hold a network alone.
    mergesClip: false,
    savesCheckpoint: nodes.has('ModelSave'),
    transformer: { merge },
  };
  const loaders = loadersOf(row, someTwo(models), catalog);
  return {
    nodes,
    models,
    networks: [],
    missing: whyNoMergeOf({ row, merge }, 'auto', client.address),
    capabilities: capabilitiesOf(row.id, found),
    merge: merge && describeMerge(row, merge),
    source: mergingSource(loaders, NO_PARTS, { architecture: row.id, steps: merge?.steps ?? [] }),
  };
}

function someTwo(models: readonly string[]): { readonly modelA: string; readonly modelB: string } {
  const [modelA = '', modelB = modelA] = models;
  return { modelA, modelB };
}
