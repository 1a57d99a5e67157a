/** What is merged, and what is drawn with it. */
import { z } from 'zod';
import { ARCHITECTURES, TRANSFORMERS } from '../../architectures/ids.ts';
import { DEFAULT_ARCHITECTURE, isArchitecture } from '../../architectures/registry.ts';
import { withoutObeyed } from '../../shared/printable.ts';
import { optionsOf } from './option.ts';

const option = optionsOf('What to merge');

const FAMILIES: readonly string[] = [...ARCHITECTURES, ...TRANSFORMERS];

export const modelsOptions = {
  payload: z
    .array(z.string().min(1))
    .min(1)
    .meta(
      option({
        value: 'file',
        description:
          'Payload with generation requests: a JSON, TOML, YAML or MessagePack file, a folder or a glob; repeatable',
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
    .meta(
      option({
        value: 'name',
        description:
          'Model B, merged into A; omit it to search only LoRAs or adjustments (--search lora:NAME=0:1, --search adjust:contrast=-3:3)',
      }),
    ),
  modelC: z
    .string()
    .min(1)
    .optional()
    .meta(
      option({
        value: 'file',
        description:
          'Model C, for merge methods that take three or more models: its name in ComfyUI, or for merged files a file on this machine or a name below --models-dir',
      }),
    ),
  model: z
    .array(z.string().min(1))
    .optional()
    .meta(
      option({
        value: 'file',
        description: 'Another model, for merge methods that take any number; repeatable',
      }),
    ),
  method: z
    .string()
    .min(1)
    .optional()
    .meta(
      option({
        value: 'name',
        description:
          'Merge method: weighted-sum, add-difference, multi-sum (ComfyUI or merged files), ties, dare … (merged files only: --backend checkpoint); autombw methods lists all; to search several, use --search method=ties,dare',
      }),
    ),
  output: z
    .string()
    .regex(/^[^/\\:*?"<>|]+$/, 'must be a plain name without slashes or any of : * ? " < > |')
    .refine((name) => !/^\.+$/.test(name) && withoutObeyed(name, '') === name && !/[\t\n]/.test(name), {
      message: 'must be a plain name: not only dots, and no invisible characters',
    })
    .meta(option({ value: 'name', description: 'Name of the merged model' })),
  architecture: z
    .string()
    .refine(isArchitecture, {
      message: `must be one of ${FAMILIES.join(', ')}`,
      params: { among: FAMILIES.toSorted() },
    })
    .default(DEFAULT_ARCHITECTURE)
    .meta(
      option({
        value: 'name',
        description:
          'Model family: sd1, sd2, sdxl, flux1, anima, qwen-image … (autombw inspect FILE shows it); detected if --models-dir has the files',
      }),
    ),
  textEncoder: z
    .array(z.string().min(1))
    .optional()
    .meta(
      option({
        value: 'file',
        description:
          'Text encoder for models whose file has none, as the server lists it; chosen automatically if only one fits; repeatable',
      }),
    ),
  vae: z
    .string()
    .min(1)
    .optional()
    .meta(
      option({
        value: 'file',
        description:
          'VAE for models whose file has none, as the server lists it; chosen automatically if only one fits',
      }),
    ),
};
