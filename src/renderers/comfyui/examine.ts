/** A look at a ComfyUI that leaves it as it was: what is there, and whether it can merge. For `autombw doctor`. */
import { withoutKinds } from '../../architectures/kinds.ts';
import { DEFAULT_ARCHITECTURE } from '../../architectures/registry.ts';
import { isExpected } from '../../shared/errors.ts';
import type { Architecture } from '../../space/blocks.ts';
import type { BackendExamination, Examination } from '../examination.ts';
import { MERGED_FILES, capabilitiesOfFiles } from '../merged-files.ts';
import { MERGE_WAY, catalogOf, readSystem } from './attach.ts';
import { capabilitiesOf } from './capabilities.ts';
import { whyNotByNodes } from './choose-way.ts';
import { connectComfy } from './client.ts';
import type { ComfyClientOptions } from './client.ts';
import { whyNoMergedFiles } from './merged-file-source.ts';
import { checkpointSource, mergingSource } from './graph/model-source.ts';
import { describeMerge } from './merge/words.ts';
import { mergesWide, readAllNodes, readNodes } from './nodes.ts';
import { loadersOf, mergeOf, modelFiles, transformerOf } from './transformer.ts';
import { tryOut } from './try-out.ts';

const SUMMARY = 'built in; a merge in memory and all images of an iteration in one prompt';

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
    const family = withoutKinds(architecture) ?? architecture;
    const row = transformerOf(family);
    const nodes =
      row === undefined ? await readNodes(client, family, [], signal) : await readAllNodes(client, signal);
    const merge = row && mergeOf(row, nodes);
    const missing = whyNotByNodes(nodes, architecture, merge, address);
    const catalog = catalogOf(nodes);
    const models = row === undefined ? catalog.checkpoints : modelFiles(catalog);
    const found = {
      wide: mergesWide(nodes) && (merge?.isWide ?? true),
      // What a file that holds a network alone is saved with, which most of them do.
      savesCheckpoint: nodes.has(row === undefined ? 'CheckpointSave' : 'ModelSave'),
      ...(merge === undefined ? {} : { transformer: { merge } }),
    };
    const way = {
      name: MERGE_WAY,
      summary: `${SUMMARY}${row === undefined || merge === undefined ? '' : `. ${describeMerge(row, merge)}`}`,
      takes: 'checkpoint',
      capabilities: capabilitiesOf(architecture, found),
      ...(missing === undefined ? {} : { missing }),
    } as const;
    const unable = whyNoMergedFiles({ models, modelsDir: options.modelsDir, address });
    const files: BackendExamination = {
      name: MERGED_FILES,
      summary:
        'no merge nodes needed; all blocks free, merged files in the folder of the models (--models-dir); an iteration writes the changed blocks and loads a model',
      takes: 'checkpoint',
      capabilities: capabilitiesOfFiles(architecture),
      ...(unable === undefined ? {} : { missing: unable }),
    };
    const isTried = options.tries === true && missing === undefined;
    const [modelA = '', modelB = modelA] = models;
    const source =
      row === undefined || merge === undefined
        ? checkpointSource({ modelA, modelB }, architecture)
        : mergingSource(loadersOf(row, { modelA, modelB }, catalog), NO_PARTS, {
            architecture,
            steps: merge.steps,
          });
    return {
      address,
      version,
      models,
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
