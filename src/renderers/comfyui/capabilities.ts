/** What merging by ComfyUI's own nodes can express. */
import { architectureRow } from '../../architectures/registry.ts';
import type { Architecture, BlockName } from '../../space/blocks.ts';
import type { Capabilities } from '../renderer.ts';
import type { Attachment } from './attach.ts';
import { partsOfNodes } from './graph/part-nodes.ts';
import { PLAIN_RANGE, WIDE_RANGE } from './graph/merge.ts';
import type { MergeChoice } from './merge/choose.ts';

/** What has been found out of the server. */
interface Known extends Pick<Attachment, 'wide' | 'savesCheckpoint' | 'mergesClip'> {
  readonly transformer?: { readonly merge: Pick<MergeChoice, 'tied' | 'fixed'> | undefined } | undefined;
}

/** @param attachment undefined before the server is known, which then counts as complete */
export function capabilitiesOf(architecture: Architecture, attachment: Known | undefined): Capabilities {
  const row = architectureRow(architecture);
  const { tied = {}, fixed = {} } = attachment?.transformer?.merge ?? {};
  const isFree = (block: BlockName): boolean => tied[block] === undefined && fixed[block] === undefined;
  return {
    free: row.blocks.filter(isFree),
    optional: row.optionalBlocks.filter(isFree),
    tied,
    fixed,
    range: (attachment?.wide ?? true) ? WIDE_RANGE : PLAIN_RANGE,
    parts: partsOfNodes(architecture, attachment?.mergesClip ?? true),
    mergesTextEncoder: row.layout === undefined,
    savesCheckpoint: attachment?.savesCheckpoint ?? true,
  };
}
