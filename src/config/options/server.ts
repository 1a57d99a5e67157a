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

/** What addresses must be, for messages. */
export const ADDRESS_DEMAND = 'must be an address such as http://127.0.0.1:7860';

/** `host:port` alone is meant as people type it into a browser. */
const address = z
  .string()
  .transform((text) => (/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`))
  .pipe(z.url({ protocol: /^https?$/, error: ADDRESS_DEMAND }));

/** `user:password`. */
export const credentials = z.string().regex(/^[^:]+:.*$/s, 'must be user:password');

export const serverOptions = {
  webui: z
    .union([address, z.array(address).min(1)], { error: ADDRESS_DEMAND })
    .transform((given) => (typeof given === 'object' && given.length === 1 ? (given[0] ?? given) : given))
    .optional()
    .meta(
      option({
        value: 'url',
        description:
          'Address of the WebUI, e.g. http://192.168.1.5:7860; repeat to share the work among several (docs/fleet.md)',
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
          'File listing several WebUIs that share the work, each with its own login, folder or backend: JSON, TOML or YAML (docs/fleet.md)',
      }),
    ),
  openTrials: z
    .union([z.literal('auto'), z.int().min(1)], { error: 'must be auto or a whole number above 0' })
    .optional()
    .meta(
      option({
        value: 'auto|n',
        description:
          'With several WebUIs: iterations measured at the same time (default: auto); further WebUIs share the images of one',
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
        description: 'Port of a WebUI on this machine (default: 7860)',
      }),
    ),
  webuiAuth: credentials.optional().meta(
    option({
      value: 'user:password',
      env: 'AUTOMBW_WEBUI_AUTH',
      secret: true,
      description: 'Login for --api-auth; prefer the environment variable',
    }),
  ),
  gradioAuth: credentials.optional().meta(
    option({
      value: 'user:password',
      env: 'AUTOMBW_GRADIO_AUTH',
      secret: true,
      description: 'Login for --gradio-auth; prefer the environment variable',
    }),
  ),
  backend: z
    .enum(BACKENDS)
    .default('auto')
    .meta(
      option({
        value: 'name',
        description: 'How the WebUI merges; autombw backends lists what yours can do',
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
          'Checkpoint folder of the WebUI, as a path on this machine: merging through files then needs no extension',
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
          "LoRA folder of the WebUI, as a path on this machine, for baking LoRAs into a checkpoint; detected next to model A's folder",
      }),
    ),
  clearModules: z
    .boolean()
    .default(false)
    .meta(
      option({
        description:
          'Run without the VAE, text encoders and networks selected in the WebUI; they are restored afterwards',
      }),
    ),
  loraBlocks: z
    .literal([12, 17, 20, 26])
    .optional()
    .meta(
      option({
        value: 'n',
        description: 'Block weights of a LoRA: 17 or 12, 26 or 20 for LyCORIS; detected by default',
      }),
    ),
  workflow: z
    .string()
    .min(1)
    .optional()
    .meta(
      option({
        value: 'file',
        description: 'Your own ComfyUI workflow in API format, with %model%, %prompt%, %seed% … as inputs',
      }),
    ),
  check: z
    .boolean()
    .default(true)
    .meta(
      option({
        description: 'Verify with a few tiny images that the WebUI really merges, before the run',
        off: 'Skip the test images that verify the merge before the run',
      }),
    ),
  checkEvery: z
    .int()
    .min(0)
    .default(20)
    .meta(
      option({
        value: 'n',
        description: 'Iterations between two checks of the merge; 0 = only after a lost connection',
      }),
    ),
  attemptTimeout: z
    .number()
    .min(0)
    .default(0)
    .meta(option({ value: 'minutes', description: 'Maximum time for one generation; 0 = no limit' })),
  stall: z
    .number()
    .min(0)
    .default(10)
    .meta(
      option({
        value: 'minutes',
        description: 'Time without any progress after which a generation counts as hung; 0 = no limit',
      }),
    ),
  reconnect: z
    .number()
    .min(0)
    .default(30)
    .meta(
      option({
        value: 'minutes',
        description:
          'How long to wait for a WebUI that is down or in use by someone else, or for a scorer that is down',
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
        description: 'Retries before an image or an iteration counts as failed',
      }),
    ),
};
