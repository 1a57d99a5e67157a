/** The renderers. */
export type {
  Capabilities,
  ModelIdentity,
  RenderJob,
  RenderProgress,
  Renderer,
  ServerReport,
} from './renderer.ts';
export { lookAtDevice } from './device.ts';
export type { ServerDevice } from './device.ts';
export { createRenderer, examineServer, knownCapabilities } from './families.ts';
export type { Examination, MergeWayExamination } from './examination.ts';
export type { RendererOptions } from './families.ts';
export type { A1111Options } from './a1111/a1111-renderer.ts';
export { loadWorkflowFile } from './comfyui/workflow-file.ts';
export { isTransient } from './http/errors.ts';
export type { WebuiErrorCode } from './http/errors.ts';
export { describeLimits, effectiveWeights } from './express.ts';
export { proveMerge } from './prove.ts';
export type { Proof, ProveOptions } from './prove.ts';
