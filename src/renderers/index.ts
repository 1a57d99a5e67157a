/** The renderers. */
export type {
  Capabilities,
  ModelIdentity,
  RenderJob,
  RenderProgress,
  Renderer,
  ServerReport,
} from './renderer.ts';
export { createA1111Renderer, createA1111Renderer as createRenderer } from './a1111/a1111-renderer.ts';
export type { A1111Options, A1111Options as RendererOptions } from './a1111/a1111-renderer.ts';
export { isTransient } from './http/errors.ts';
export type { WebuiErrorCode } from './http/errors.ts';
export { describeLimits, effectiveWeights } from './express.ts';
export { proveMerge } from './prove.ts';
export type { Proof, ProveOptions } from './prove.ts';
export { examineServer } from './a1111/examine.ts';
export type { Examination, MergeWayExamination } from './a1111/examine.ts';
