/** Ways that nobody has seen merging another layout than that of SD1. */
import type { Architecture } from '../../../architectures/architecture.ts';
import { DEFAULT_ARCHITECTURE, haveSameBlocks } from '../../../architectures/registry.ts';

/** One sentence, or undefined when the architecture has the layout of SD1 (SD2 has it too). */
export function whyNotThisLayout(way: string, architecture: Architecture): string | undefined {
  if (haveSameBlocks(architecture, DEFAULT_ARCHITECTURE)) return undefined;
  return `${way} works only with SD1 models, not with ${architecture}; use runtime-block-merge, checkpoint files or ComfyUI.`;
}
