/** By nodes, or by merged files? */
import type { ArchitectureRow } from '../../architectures/architecture.ts';
import { architectureRow } from '../../architectures/registry.ts';
import type { Architecture } from '../../space/blocks.ts';
import { MERGED_FILES } from '../merged-files.ts';
import type { MergeChoice } from './merge/choose.ts';
import { coversAll, whyNoMergeOf } from './merge/words.ts';
import { whyNoMerge, type NodeInfos } from './nodes.ts';

/** One sentence; undefined where nodes of the server can merge. @param merge of a transformer */
export function whyNotByNodes(
  nodes: NodeInfos,
  architecture: Architecture,
  merge: MergeChoice | undefined,
  address: string,
): string | undefined {
  const { kinds, layout, title } = architectureRow(architecture);
  if (kinds === true) {
    return `Nodes of ComfyUI merge by the beginning of names and cannot tell layers of ${title} by kind: use --backend checkpoint with --models-dir.`;
  }
  return layout === undefined
    ? whyNoMerge(nodes, architecture, address)
    : whyNoMergeOf({ title }, merge, address);
}

/** Where nodes can merge all numbered blocks, `auto` takes them, and merged files where not and there is a folder for them. */
export function mergesInFiles(
  { backend, modelsDir }: { readonly backend: string; readonly modelsDir: string | undefined },
  row: ArchitectureRow | undefined,
  merge: MergeChoice | undefined,
  /** See {@link whyNotByNodes}. */
  missing: string | undefined,
): boolean {
  if (backend !== 'auto') return backend === MERGED_FILES;
  const covers = row === undefined || merge === undefined || coversAll(row, merge);
  return modelsDir !== undefined && (missing !== undefined || !covers);
}
