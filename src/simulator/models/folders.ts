/** The folders that ComfyUI takes models and parts of models from. */
import { MemoryFolder } from './model-folder.ts';
import type { ModelFolder } from './model-folder.ts';

export interface ModelFolders {
  readonly checkpoints: ModelFolder;
  /** Networks alone. */
  readonly diffusionModels: ModelFolder;
  readonly textEncoders: ModelFolder;
  readonly vae: ModelFolder;
}

/** Everything lies in checkpoints. */
export function checkpointsAlone(checkpoints: ModelFolder): ModelFolders {
  return {
    checkpoints,
    diffusionModels: emptyFolder('diffusion_models'),
    textEncoders: emptyFolder('text_encoders'),
    vae: emptyFolder('vae'),
  };
}

/** In memory; what is written there is kept. */
function emptyFolder(name: string): ModelFolder {
  return new MemoryFolder([], { make: () => new Map() }, `/comfyui/models/${name}`);
}
