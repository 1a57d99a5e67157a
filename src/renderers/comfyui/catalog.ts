/** What the server can choose from; read once when it is found. */
import type { SamplerLists } from './request/names.ts';

export interface Catalog extends SamplerLists {
  /** Files of the checkpoint folder, with their subfolder. */
  readonly checkpoints: readonly string[];
  /** Files of the folder of diffusion models, which hold a network alone. */
  readonly networks: readonly string[];
  readonly textEncoders: readonly string[];
  readonly vaes: readonly string[];
  readonly loras: readonly string[];
  readonly upscaleModels: readonly string[];
  /**
   * Names of the inputs that take the upscaler's file, its model and the image, as this server calls them; undefined
   * where it lacks the nodes.
   */
  readonly upscaleInputs: UpscaleInputs | undefined;
}

export interface UpscaleInputs {
  readonly file: string;
  readonly model: string;
  readonly image: string;
}
