/** The renderers. */
export type { Capabilities, ModelIdentity, RenderJob, Renderer, ServerReport } from './renderer.ts';
export { findOtherModels, mergeOfFiles } from './merged-files.ts';
export { createRenderer, examineServer, knownCapabilities, locateModels } from './families.ts';
export { parametersOfLoras } from './prompt-loras.ts';
export type { Examination, BackendExamination } from './examination.ts';
export type { RendererOptions } from './families.ts';
export type { A1111Options } from './a1111/a1111-renderer.ts';
export { loadWorkflowFile } from './comfyui/graph/workflow-file.ts';
export type { StruckImage } from './http/errors.ts';
export { WebuiError, isConnectionLoss, isPutOff, isTransient, webuiError } from './http/errors.ts';
export { describeLimits, describeParts, effectiveWeights } from './effective-weights.ts';
export { knownMerge, proveMerge, spreadWeights } from './prove.ts';
export { describeProof } from './proof-doubts.ts';
export { recordedProofs } from './proof.ts';
export type { Proof } from './proof.ts';
export { named, overlay } from './overlay.ts';
export { lookAtDevice } from './device.ts';
export type { ServerDevice } from './device.ts';
