/** A look at a ComfyUI that leaves it as it was: what is there, and whether it can merge. For `autombw doctor`. */
import { DEFAULT_ARCHITECTURE } from '../../architectures/registry.ts';
import { isExpected } from '../../shared/errors.ts';
import type { Architecture } from '../../space/blocks.ts';
import type { Examination } from '../examination.ts';
import { MERGE_WAY, catalogOf, readSystem } from './attach.ts';
import { capabilitiesOf } from './capabilities.ts';
import { connectComfy } from './client.ts';
import type { ComfyClientOptions } from './client.ts';
import { mergesClip, mergesWide, readNodes, whyNoMerge } from './nodes.ts';
import { tryOut } from './try-out.ts';

export interface ExamineComfyOptions extends ComfyClientOptions {
  readonly architecture?: Architecture;
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
    const found = {
      wide: mergesWide(nodes),
      mergesClip: mergesClip(nodes),
      savesCheckpoint: nodes.has('CheckpointSave'),
    };
    const way = {
      name: MERGE_WAY,
      summary: 'built in; a merge in memory and all images of an iteration in one prompt',
      takes: 'checkpoint',
      capabilities: capabilitiesOf(architecture, found),
      ...(missing === undefined ? {} : { missing }),
    } as const;
    const models = catalogOf(nodes).checkpoints;
    const isTried = options.tries === true && missing === undefined;
    return {
      address,
      version,
      models,
      mergeWays: [way],
      ...(isTried ? { obstacles: await tryOut(client, models, architecture, signal) } : {}),
    };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return { address, problem: error.message, version: null, models: [], mergeWays: [] };
  } finally {
    await client.close();
  }
}
