/** A look at a ComfyUI that leaves it as it was: what is there, and whether it can merge. For `autombw doctor`. */
import { DEFAULT_ARCHITECTURE } from '../../architectures/registry.ts';
import { isExpected } from '../../shared/errors.ts';
import type { Architecture } from '../../space/blocks.ts';
import type { BackendExamination, Examination } from '../examination.ts';
import { MERGED_FILES, capabilitiesOfFiles } from '../merged-files.ts';
import { MERGE_WAY, catalogOf, readSystem } from './attach.ts';
import { capabilitiesOf } from './capabilities.ts';
import { connectComfy } from './client.ts';
import type { ComfyClientOptions } from './client.ts';
import { whyNoMergedFiles } from './merged-file-source.ts';
import { mergesWide, readNodes, whyNoImages, whyNoMerge } from './nodes.ts';
import { tryOut } from './try-out.ts';

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
    const nodes = await readNodes(client, architecture, [], signal);
    const missing = whyNoMerge(nodes, architecture, address);
    const found = { wide: mergesWide(nodes), savesCheckpoint: nodes.has('CheckpointSave') };
    const way = {
      name: MERGE_WAY,
      summary: 'built in; a merge in memory and all images of an iteration in one prompt',
      takes: 'checkpoint',
      capabilities: capabilitiesOf(architecture, found),
      ...(missing === undefined ? {} : { missing }),
    } as const;
    const models = catalogOf(nodes).checkpoints;
    const unable =
      whyNoImages(nodes, address) ?? whyNoMergedFiles({ models, modelsDir: options.modelsDir, address });
    const files: BackendExamination = {
      name: MERGED_FILES,
      summary:
        'no merge nodes needed; all blocks free, merged files in the folder of the models (--models-dir); an iteration writes the changed blocks and loads a model',
      takes: 'checkpoint',
      capabilities: capabilitiesOfFiles(architecture),
      ...(unable === undefined ? {} : { missing: unable }),
    };
    const isTried = options.tries === true && missing === undefined;
    return {
      address,
      version,
      models,
      // Who has nodes that merge need not hear of it.
      mergeWays: missing === undefined && options.modelsDir === undefined ? [way] : [way, files],
      ...(isTried ? { obstacles: await tryOut(client, models, architecture, signal) } : {}),
    };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return { address, problem: error.message, version: null, models: [], mergeWays: [] };
  } finally {
    await client.close();
  }
}
