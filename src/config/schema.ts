/**
 * Every option of a search, once: the types, defaults, help lines, config file and published JSON Schema all come
 * from here. `npm run schema` writes search.schema.json, which the command line reads its options from, so that
 * `--help` need not load zod.
 */
import { z } from 'zod';
import { ARCHITECTURES, SEARCH_ORDER } from '../space/blocks.ts';

/** What the command line needs to know beyond the type; kept in the JSON Schema under the same names. */
type FlagMeta = {
  readonly description: string;
  /** Placeholder of the value in the help. */
  readonly value?: string;
  /** Environment variable that is read when neither flag nor file has it. */
  readonly env?: string;
  /** Never written to the journal, the log or the plan. */
  readonly secret?: boolean;
  /** Heading in the help. */
  readonly group: string;
};

/** Ways of merging, in the order in which `auto` tries them. */
const BACKENDS = [
  'auto',
  'runtime-block-merge',
  'model-mixer',
  'bayesian-merger',
  'checkpoint',
  'lora-block-weight',
  'comfyui',
] as const;

const meta = (fields: FlagMeta): FlagMeta => fields;
const MODELS = 'What to merge';
const SERVER = 'WebUI';
const SEARCH = 'Search';
const SPACE = 'Block weights';
const SCORE = 'Score';
const STOP = 'When to stop';
const OUTPUT = 'Output';

/** As in score/combine.ts, which is no business of the configuration. */
const COMBINATIONS = ['arithmetic', 'geometric', 'quadratic', 'min'] as const;

const weight = z.number().min(-1).max(2);
const credentials = z.string().regex(/^[^:]+:.*$/s, 'must be user:password');

/** Value of an algorithm's parameter; the algorithm itself checks name and type. */
const parameter = z.union([z.number(), z.string(), z.boolean(), z.record(z.string(), z.number())]);

const blockRule = z.union([weight, z.strictObject({ low: weight, high: weight })]);

export const searchConfigSchema = z.strictObject({
  $schema: z.string().optional(),
  payload: z
    .array(z.string().min(1))
    .min(1)
    .meta(meta({ group: MODELS, value: 'file', description: 'Generation request (JSON); repeat for more' })),
  modelA: z
    .string()
    .min(1)
    .meta(
      meta({
        group: MODELS,
        value: 'name',
        description: 'Model A as the WebUI knows it: file name, title or hash',
      }),
    ),
  modelB: z
    .string()
    .min(1)
    .meta(meta({ group: MODELS, value: 'name', description: 'Model B: what is merged into A' })),
  output: z
    .string()
    .regex(/^[^/\\:*?"<>|]+$/, 'must be a plain name without slashes or any of : * ? " < > |')
    .meta(meta({ group: MODELS, value: 'name', description: 'Name of the merged model' })),
  architecture: z
    .enum(ARCHITECTURES)
    .default('sd1')
    .meta(
      meta({
        group: MODELS,
        value: 'name',
        description: 'UNet of the models: sd1 and sd2 have 27 blocks, sdxl 21',
      }),
    ),

  webui: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta(
      meta({
        group: SERVER,
        value: 'url',
        description: 'Address of the WebUI, e.g. http://192.168.1.5:7860',
      }),
    ),
  port: z
    .int()
    .min(1)
    .max(65535)
    .optional()
    .meta(
      meta({
        group: SERVER,
        value: 'n',
        description: 'Port of a WebUI on this machine (7860 when neither is given)',
      }),
    ),
  webuiAuth: credentials.optional().meta(
    meta({
      group: SERVER,
      value: 'user:password',
      env: 'AUTOMBW_WEBUI_AUTH',
      secret: true,
      description: 'Login of --api-auth; better through AUTOMBW_WEBUI_AUTH',
    }),
  ),
  gradioAuth: credentials.optional().meta(
    meta({
      group: SERVER,
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
      meta({
        group: SERVER,
        value: 'name',
        description: 'How the WebUI merges; autombw backends lists what it has',
      }),
    ),
  modelsDir: z
    .string()
    .min(1)
    .optional()
    .meta(
      meta({
        group: SERVER,
        value: 'path',
        description:
          'Checkpoint folder of the WebUI as a path of this machine: merged files then need no extension',
      }),
    ),
  loraBlocks: z
    .literal([12, 17, 20, 26])
    .optional()
    .meta(
      meta({
        group: SERVER,
        value: 'n',
        description: 'Block weights of a LoRA: 17 or 12, 26 or 20 for LyCORIS; found out unless given',
      }),
    ),
  workflow: z
    .string()
    .min(1)
    .optional()
    .meta(
      meta({
        group: SERVER,
        value: 'file',
        description: 'Own ComfyUI workflow in API format, its inputs marked %model%, %prompt%, %seed% …',
      }),
    ),
  check: z
    .boolean()
    .default(true)
    .meta(
      meta({
        group: SERVER,
        description: 'Prove with a few tiny images that the merge really happens, before the run',
      }),
    ),
  checkEvery: z
    .int()
    .min(0)
    .default(20)
    .meta(
      meta({
        group: SERVER,
        value: 'n',
        description: 'Iterations after which the proof is looked at again; 0 = only after a lost connection',
      }),
    ),
  attemptTimeout: z
    .number()
    .min(0)
    .default(0)
    .meta(
      meta({ group: SERVER, value: 'minutes', description: 'Longest wait for one generation; 0 = no limit' }),
    ),
  stall: z
    .number()
    .min(0)
    .default(10)
    .meta(
      meta({
        group: SERVER,
        value: 'minutes',
        description: 'How long a generation may show no movement before it counts as hung; 0 = for ever',
      }),
    ),
  reconnect: z
    .number()
    .min(0)
    .default(30)
    .meta(
      meta({ group: SERVER, value: 'minutes', description: 'How long to wait for a WebUI that went away' }),
    ),
  retries: z
    .int()
    .min(0)
    .max(100)
    .default(2)
    .meta(
      meta({
        group: SERVER,
        value: 'n',
        description: 'Attempts to repeat what failed in an iteration before it counts as failed',
      }),
    ),

  optimizer: z
    .string()
    .default('bayesian')
    .meta(meta({ group: SEARCH, value: 'name', description: 'Search algorithm' })),
  optimizerOptions: z
    .record(z.string(), parameter)
    .default({})
    .meta(
      meta({ group: SEARCH, value: 'key=value', description: 'Parameter of the algorithm; repeat for more' }),
    ),
  optimizerSemantics: z
    .enum(['fixed', 'compat'])
    .default('fixed')
    .meta(
      meta({
        group: SEARCH,
        value: 'how',
        description: 'compat repeats the defects of the Python tool, to explain old logs',
      }),
    ),
  optimizerB: z
    .string()
    .optional()
    .meta(
      meta({
        group: SEARCH,
        value: 'name',
        description: 'A second algorithm that takes over and learns all that the first has found',
      }),
    ),
  optimizerBOptions: z
    .record(z.string(), parameter)
    .default({})
    .meta(meta({ group: SEARCH, value: 'key=value', description: 'Parameter of the second algorithm' })),
  balance: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .meta(meta({ group: SEARCH, value: 'share', description: 'Share of the iterations for the second one' })),
  seed: z
    .int()
    .min(0)
    .default(1)
    .meta(
      meta({ group: SEARCH, value: 'n', description: 'Seed of the search (and of payloads with seed -1)' }),
    ),
  warmStart: z
    .array(z.string())
    .default([])
    .meta(
      meta({
        group: SEARCH,
        value: 'weights',
        description: '27 comma-separated weights in search order to begin with; repeat for more',
      }),
    ),
  learn: z
    .array(z.string().min(1))
    .default([])
    .meta(
      meta({
        group: SEARCH,
        value: 'history',
        description:
          'History CSV or journal of the same models, payloads and scorer: the optimizer learns every row',
      }),
    ),

  low: weight
    .default(0)
    .meta(meta({ group: SPACE, value: 'w', description: 'Lower bound of every block (0 = model A)' })),
  high: weight
    .default(1)
    .meta(meta({ group: SPACE, value: 'w', description: 'Upper bound of every block (1 = model B)' })),
  intervals: z
    .int()
    .min(0)
    .max(10_000)
    .default(10)
    .meta(
      meta({
        group: SPACE,
        value: 'n',
        description: 'Steps between the bounds: 10 gives 11 values; 0 = continuous',
      }),
    ),
  block: z
    .partialRecord(z.enum(SEARCH_ORDER), blockRule)
    .default({})
    .meta(
      meta({
        group: SPACE,
        value: 'name=w|low:high',
        description: 'Fix a block (OUT=0) or clamp it (IN00=0.2:0.8); repeat for more',
      }),
    ),

  scorer: z
    .array(z.string().min(1))
    .min(1)
    .default(['quality'])
    .meta(
      meta({
        group: SCORE,
        value: 'name[=weight]',
        description: 'What judges the pictures; repeat to combine',
      }),
    ),
  scorerOptions: z
    .record(z.string(), z.unknown())
    .default({})
    .meta(
      meta({
        group: SCORE,
        value: 'scorer.key=value',
        description: 'Setting of a scorer, e.g. command.run="python score.py"; repeat for more',
      }),
    ),
  scoreMap: z
    .record(z.string(), z.string())
    .default({})
    .meta(
      meta({
        group: SCORE,
        value: 'scorer=map',
        description:
          'What is done with its values first: sigmoid, sigmoid:5.6, affine:2:1, clamp:0:1, z-score',
      }),
    ),
  combine: z
    .enum(COMBINATIONS)
    .default('arithmetic')
    .meta(
      meta({
        group: SCORE,
        value: 'name',
        description: 'How several scorers become one number for a picture',
      }),
    ),
  calibration: z
    .string()
    .min(1)
    .optional()
    .meta(meta({ group: SCORE, value: 'file', description: 'What autombw calibrate wrote, for z-score' })),
  scoreCache: z
    .boolean()
    .default(true)
    .meta(
      meta({
        group: SCORE,
        description: 'Remember what expensive scorers said of a picture, over all runs',
      }),
    ),
  payloadWeight: z
    .record(z.string(), z.number().positive())
    .default({})
    .meta(
      meta({
        group: SCORE,
        value: 'payload=w',
        description: 'How much the pictures of a payload count in a mean',
      }),
    ),
  tally: z
    .string()
    .default('arithmetic-mean')
    .meta(
      meta({ group: SCORE, value: 'name', description: 'How the scores of all images become one number' }),
    ),

  iterations: z
    .int()
    .min(1)
    .max(100_000)
    .default(270)
    .meta(meta({ group: STOP, value: 'n', description: 'Most iterations' })),
  minutes: z
    .number()
    .positive()
    .max(10_000_000)
    .default(10_000)
    .meta(meta({ group: STOP, value: 'n', description: 'Most minutes' })),
  earlyStop: z
    .boolean()
    .default(true)
    .meta(meta({ group: STOP, description: 'Stop when the score no longer gets better' })),
  patience: z
    .int()
    .min(1)
    .default(27)
    .meta(meta({ group: STOP, value: 'n', description: 'Iterations without gain before the early stop' })),
  tolAbs: z
    .number()
    .min(0)
    .default(0)
    .meta(
      meta({
        group: STOP,
        value: 'x',
        description: 'Gain within the last --patience iterations that is too small to go on for',
      }),
    ),
  tolRel: z
    .number()
    .min(0)
    .default(0)
    .meta(
      meta({ group: STOP, value: 'percent', description: 'The same in percent of the best score before' }),
    ),
  maxFailures: z
    .int()
    .min(1)
    .default(5)
    .meta(meta({ group: STOP, value: 'n', description: 'Failed iterations in a row before the run stops' })),

  saveBest: z
    .enum(['webui', 'checkpoint', 'none'])
    .default('webui')
    .meta(
      meta({
        group: OUTPUT,
        value: 'where',
        description: 'Best merge as a checkpoint at the end: written by the WebUI, or by autombw',
      }),
    ),
  saveImages: z
    .enum(['all', 'best', 'none'])
    .default('best')
    .meta(
      meta({
        group: OUTPUT,
        value: 'which',
        description: 'Pictures to keep beside the journal: of every iteration, of the best one so far, none',
      }),
    ),
  imageFormat: z
    .enum(['png', 'webp'])
    .default('png')
    .meta(
      meta({
        group: OUTPUT,
        value: 'format',
        description: 'Keep them as the server sent them (png), or as lossless webp',
      }),
    ),
  folder: z
    .string()
    .min(1)
    .default('.')
    .meta(meta({ group: OUTPUT, value: 'path', description: 'Where csv/ and recipes/ are written' })),
  logLevel: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .meta(meta({ group: OUTPUT, value: 'level', description: 'How much goes into the log file' })),
});

/** What a user may give. */
export type RawSearchConfig = z.input<typeof searchConfigSchema>;
/** What the core receives: every default filled in, frozen. */
export type SearchConfig = Readonly<z.output<typeof searchConfigSchema>>;

/** The options that must not reach any file. */
export const SECRET_KEYS = ['webuiAuth', 'gradioAuth'] as const satisfies readonly (keyof SearchConfig)[];

/** JSON Schema (draft 2020-12) of the config file, for editors; `flag…` facts stand beside each property. */
export function searchJsonSchema(): unknown {
  return {
    title: 'autombw search configuration',
    ...z.toJSONSchema(searchConfigSchema, { io: 'input' }),
  };
}
