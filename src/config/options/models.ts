/** What is merged, and what is drawn with it. */
import { z } from 'zod';
import { ARCHITECTURES, DEFAULT_ARCHITECTURE } from '../../architectures/registry.ts';
import { optionsOf } from './option.ts';

const option = optionsOf('What to merge');

export const modelsOptions = {
  payload: z
    .array(z.string().min(1))
    .min(1)
    .meta(
      option({
        value: 'file',
        description:
          'Generation requests: JSON, TOML, YAML or MessagePack file, folder or glob; repeat for more',
      }),
    ),
  wildcards: z
    .string()
    .min(1)
    .optional()
    .meta(option({ value: 'path', description: 'Folder of wildcard files for templates in prompts' })),
  modelA: z
    .string()
    .min(1)
    .meta(
      option({
        value: 'name',
        description: 'Model A as the WebUI knows it: file name, title or hash',
      }),
    ),
  modelB: z
    .string()
    .min(1)
    .meta(option({ value: 'name', description: 'Model B: what is merged into A' })),
  output: z
    .string()
    .regex(/^[^/\\:*?"<>|]+$/, 'must be a plain name without slashes or any of : * ? " < > |')
    .meta(option({ value: 'name', description: 'Name of the merged model' })),
  architecture: z
    .enum(ARCHITECTURES)
    .default(DEFAULT_ARCHITECTURE)
    .meta(
      option({
        value: 'name',
        description: 'UNet of the models: sd1 and sd2 have 27 blocks, sdxl 21',
      }),
    ),
};
