/**
 * `autombw/simulator`: a simulated image server for tests and demonstrations, without a GPU and without models.
 *
 * ```js
 * import { startSimulator } from 'autombw/simulator';
 *
 * const simulator = await startSimulator({ family: 'comfyui', latencyMs: 50 });
 * const reply = await fetch(`${simulator.url}/object_info`);
 * await simulator.close();
 * ```
 */
// The server, what it can be told before it starts, and what it can be asked and made to do while it runs.
export { startSimulator } from './start.ts';
export type { LoraDefinition } from './models/lora-shelf.ts';
export type {
  ModelFiles,
  ServerFamily,
  Simulator,
  SimulatorOptions,
  SimulatorStats,
  WorldName,
} from './options.ts';
export { MODEL_FILES, WORLD_NAMES } from './options.ts';
export { COMFY_VERSIONS, type ComfyVersion, type MergeNodes } from './comfyui/object-info.ts';
export type { ModelDefinition } from './models/model-folder.ts';
export { EXTENSION_NAMES } from './a1111/extensions/registry.ts';

// What can go wrong on it, on purpose.
export { FAULT_NAMES, parseFault, type Fault, type FaultName } from './faults.ts';

// The small diffusion model whose checkpoints the package brings along: their folder and names.
export { TINY_FLUX, TINY_FLUX_MODELS, TINY_MODELS } from './worlds/tiny/assets.ts';
export { TINY_WORLD } from './worlds/tiny/place.ts';

// What is thrown for options that make no sense.
export { AutombwError, isExpected } from '../shared/errors.ts';
