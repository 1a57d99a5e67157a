/** What merging by ComfyUI's own nodes can express. */
import { architectureRow, blocksOf } from '../../architectures/registry.ts';
import type { Architecture } from '../../space/blocks.ts';
import type { Capabilities } from '../renderer.ts';
import type { Attachment } from './attach.ts';
import { partsOfNodes } from './graph/part-nodes.ts';
import { PLAIN_RANGE, WIDE_RANGE } from './graph/merge.ts';

/** @param attachment undefined before the server is known, which then counts as complete */
export function capabilitiesOf(
  architecture: Architecture,
  attachment: Pick<Attachment, 'wide' | 'savesCheckpoint' | 'mergesClip'> | undefined,
): Capabilities {
  return {
    free: blocksOf(architecture),
    optional: architectureRow(architecture).optionalBlocks,
    tied: {},
    fixed: {},
    range: (attachment?.wide ?? true) ? WIDE_RANGE : PLAIN_RANGE,
    parts: partsOfNodes(architecture, attachment?.mergesClip ?? true),
    mergesTextEncoder: true,
    savesCheckpoint: attachment?.savesCheckpoint ?? true,
  };
}
