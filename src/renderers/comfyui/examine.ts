/** A look at a ComfyUI that changes nothing: what is there, and whether it can merge. For `autombw doctor`. */
import { isExpected } from '../../errors.ts';
import type { Architecture } from '../../space/blocks.ts';
import type { Examination } from '../examination.ts';
import { MERGE_WAY, catalogOf, readVersion } from './attach.ts';
import { capabilitiesOf } from './capabilities.ts';
import { connectComfy } from './client.ts';
import type { ComfyClientOptions } from './client.ts';
import { mergesWide, readNodes, whyNoMerge } from './nodes.ts';

export interface ExamineComfyOptions extends ComfyClientOptions {
  readonly architecture?: Architecture;
}

/** Expected failures come back as sentences, not as errors. */
export async function examineComfy(
  options: ExamineComfyOptions,
  signal: AbortSignal,
): Promise<Omit<Examination, 'family' | 'checkpoint'>> {
  const { client } = connectComfy({ retryDelays: [], ...options });
  const { address } = client;
  const architecture = options.architecture ?? 'sd1';
  try {
    const version = await readVersion(client, signal);
    const nodes = await readNodes(client, architecture, [], signal);
    const missing = whyNoMerge(nodes, architecture, address);
    const found = { wide: mergesWide(nodes), savesCheckpoint: nodes.has('CheckpointSave') };
    const way = {
      name: MERGE_WAY,
      summary: 'built in; a merge in memory and all pictures of a trial in one prompt',
      takes: 'checkpoint',
      capabilities: capabilitiesOf(architecture, found),
      ...(missing === undefined ? {} : { missing }),
    } as const;
    return { address, version, models: catalogOf(nodes).checkpoints, mergeWays: [way] };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return { address, problem: error.message, version: null, models: [], mergeWays: [] };
  } finally {
    await client.close();
  }
}
