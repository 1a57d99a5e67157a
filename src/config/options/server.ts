/** The WebUI: where it is, how it merges, and what it is forgiven. */
import { z } from 'zod';
import { optionsOf } from './option.ts';

const option = optionsOf('WebUI');

/** Backends, in the order in which `auto` tries them. */
export const BACKENDS = [
  'auto',
  'runtime-block-merge',
  'model-mixer',
  'bayesian-merger',
  'checkpoint',
  'lora-block-weight',
  'loras',
  'comfyui',
] as const;

const address = z.url({ protocol: /^https?$/ });

/** `user:password`. */
export const credentials = z.string().regex(/^[^:]+:.*$/s, 'must be user:password');

export const serverOptions = {
  webui: z
    .union([address, z.array(address).min(1)], { error: 'must be a valid url' })
    .transform((given) => (typeof given === 'object' && given.length === 1 ? (given[0] ?? given) : given))
    .optional()
    .meta(
      option({
        value: 'url',
        description:
          'Address of the WebUI, e.g. http://192.168.1.5:7860; repeat for more that share the work (docs/fleet.md)',
      }),
    ),
  fleet: z
    .string()
    .min(1)
    .optional()
    .meta(
      option({
        value: 'file',
        description:
          'Several WebUIs that share the work, with a login, folder or backend each: JSON, TOML or YAML (docs/fleet.md)',
      }),
    ),
  openTrials: z
    .union([z.literal('auto'), z.int().min(1)], { error: 'must be auto or a whole number above 0' })
    .optional()
    .meta(
      option({
        value: 'auto|n',
        description:
          'Several WebUIs: iterations that are measured at the same time (default: auto); more WebUIs share the images of one',
      }),
    ),
  port: z
    .int()
    .min(1)
    .max(65535)
    .optional()
    .meta(
      option({
        value: 'n',
        description: 'Port of a WebUI on this machine (7860 when neither is given)',
      }),
    ),
  webuiAuth: credentials.optional().meta(
    option({
      value: 'user:password',
      env: 'AUTOMBW_WEBUI_AUTH',
      secret: true,
      description: 'Login of --api-auth; better through AUTOMBW_WEBUI_AUTH',
    }),
  ),
  gradioAuth: credentials.optional().meta(
    option({
      value: 'user:password',
      env: 'AUTOMBW_GRADIO_AUTH',
      secret: true,
      description: 'Login of --gradio-auth; better through AUTOMBW_GRADIO_AUTH',
    }),
  ),
  backend: z
    .enum(BACKENDS)
    .default('auto')
    .meta(
      option({
        value: 'name',
        description: 'How the WebUI merges; autombw backends lists what it has',
      }),
    ),
  modelsDir: z
    .string()
    .min(1)
    .optional()
    .meta(
      option({
        value: 'path',
        description:
          'Checkpoint folder of the WebUI as a path of this machine: merged files then need no extension',
      }),
    ),
  loraDir: z
    .string()
    .min(1)
    .optional()
    .meta(
      option({
        value: 'path',
        description:
          'LoRA folder of the WebUI as a path of this machine, for LoRAs that are baked into a checkpoint; found by itself beside the folder of model A',
      }),
    ),
  clearModules: z
    .boolean()
    .default(false)
    .meta(
      option({
        description:
          'Do without the VAE, text encoders and networks chosen in the WebUI, for the length of the run',
      }),
    ),
  loraBlocks: z
    .literal([12, 17, 20, 26])
    .optional()
    .meta(
      option({
        value: 'n',
        description:
          'Block weights of a LoRA: 17 or 12, 26 or 20 for LyCORIS; autombw finds out by itself when left out',
      }),
    ),
  workflow: z
    .string()
    .min(1)
    .optional()
    .meta(
      option({
        value: 'file',
        description: 'Own ComfyUI workflow in API format, its inputs marked %model%, %prompt%, %seed% …',
      }),
    ),
  check: z
    .boolean()
    .default(true)
    .meta(
      option({
        description: 'Prove with a few tiny images that the merge really happens, before the run',
      }),
    ),
  checkEvery: z
    .int()
    .min(0)
    .default(20)
    .meta(
      option({
        value: 'n',
        description: 'Iterations after which the proof is looked at again; 0 = only after a lost connection',
      }),
    ),
  attemptTimeout: z
    .number()
    .min(0)
    .default(0)
    .meta(option({ value: 'minutes', description: 'Longest wait for one generation; 0 = no limit' })),
  stall: z
    .number()
    .min(0)
    .default(10)
    .meta(
      option({
        value: 'minutes',
        description: 'How long a generation may show no movement before it counts as hung; 0 = for ever',
      }),
    ),
  reconnect: z
    .number()
    .min(0)
    .default(30)
    .meta(
      option({
        value: 'minutes',
        description: 'How long to wait for a WebUI that went away or that somebody else uses',
      }),
    ),
  retries: z
    .int()
    .min(0)
    .max(100)
    .default(2)
    .meta(
      option({
        value: 'n',
        description: 'Attempts to repeat what failed in an iteration before it counts as failed',
      }),
    ),
};
