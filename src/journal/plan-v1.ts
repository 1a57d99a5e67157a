/**
 * The plan of a run as journals of format version 1 hold it. It is frozen: the options of a search may be renamed, narrowed
 * or dropped, and a plan of any released version can still be read. So nothing here comes from the options; types are loose
 * (no ranges, no lists of names), and an option that a version did not have is absent. What today's options make of it:
 * config/recorded-config.ts.
 *
 * What may change here without a new format version: a further optional key. Anything else is a new version, with a step in
 * upgrade.ts.
 */
import { z } from 'zod';
import { CURVE_SHAPES } from '../space/curve.ts';
import { staysInside } from '../shared/files/stays-inside.ts';
import { BASELINE_NAMES } from '../types.ts';
import { openObject } from './open-object.ts';

/** Names are not looked up: a family that this version does not know is a newer one's, and no damage. */
export const weightsV1 = z.record(z.string(), z.number());
export const pointV1 = z.array(z.number());

const settings = z.record(z.string(), z.unknown());

/** The options of a search, secrets left out; 0.1.0 wrote those that are not marked as later. */
const configV1 = openObject({
  $schema: z.string().optional(),
  payload: z.array(z.string()),
  modelA: z.string(),
  modelB: z.string(),
  output: z.string(),
  architecture: z.string().optional(),
  /** Later. */
  wildcards: z.string().optional(),

  webui: z.union([z.string(), z.array(z.string())]).optional(),
  port: z.number().optional(),
  backend: z.string().optional(),
  check: z.boolean().optional(),
  attemptTimeout: z.number().optional(),
  stall: z.number().optional(),
  reconnect: z.number().optional(),
  retries: z.number().optional(),
  /** Later. */
  modelsDir: z.string().optional(),
  loraDir: z.string().optional(),
  clearModules: z.boolean().optional(),
  loraBlocks: z.number().optional(),
  workflow: z.string().optional(),
  checkEvery: z.number().optional(),
  fleet: z.string().optional(),
  openTrials: z.union([z.string(), z.number()]).optional(),

  optimizer: z.string().optional(),
  optimizerOptions: settings.optional(),
  optimizerSemantics: z.string().optional(),
  optimizerB: z.string().optional(),
  optimizerBOptions: settings.optional(),
  balance: z.number().optional(),
  seed: z.number().optional(),
  warmStart: z.array(z.string()).optional(),
  learn: z.array(z.string()).optional(),
  /** Later. */
  presets: z.array(z.string()).optional(),
  initGrid: z.number().optional(),
  initVertices: z.number().optional(),
  initRandom: z.number().optional(),

  low: z.number().optional(),
  high: z.number().optional(),
  intervals: z.number().optional(),
  block: settings.optional(),
  /** Later. */
  group: z.array(z.string()).optional(),
  testGrouping: z.number().optional(),
  curve: z.array(z.string()).optional(),
  curveShape: z.string().optional(),
  textEncoderLayers: z.boolean().optional(),
  search: settings.optional(),
  modelC: z.string().optional(),
  model: z.array(z.string()).optional(),
  method: z.string().optional(),
  shares: z.boolean().optional(),
  base: z.string().optional(),

  scorer: z.array(z.string()).optional(),
  tally: z.string().optional(),
  /** Later. */
  scorerOptions: settings.optional(),
  scoreMap: z.record(z.string(), z.string()).optional(),
  scorerPayloads: settings.optional(),
  combine: z.string().optional(),
  payloadWeight: z.record(z.string(), z.number()).optional(),
  calibration: z.string().optional(),
  scoreCache: z.boolean().optional(),
  goals: z.array(z.string()).optional(),

  /** Later. */
  imagesPerTrial: z.union([z.string(), z.number()]).optional(),

  iterations: z.number().optional(),
  minutes: z.number().optional(),
  earlyStop: z.boolean().optional(),
  patience: z.number().optional(),
  tolAbs: z.number().optional(),
  tolRel: z.number().optional(),
  maxFailures: z.number().optional(),
  /** Later. */
  budgetImages: z.number().optional(),
  baselines: z.boolean().optional(),
  fewerLoras: z.boolean().optional(),
  prove: z.number().optional(),

  saveBest: z.string().optional(),
  folder: z.string().optional(),
  logLevel: z.string().optional(),
  /** Later. */
  saveImages: z.string().optional(),
  imageFormat: z.string().optional(),
});

export const requestV1 = openObject({
  id: z.string(),
  payload: z.string(),
  prompt: z.string(),
  negativePrompt: z.string(),
  reverseScoring: z.boolean(),
  seeds: z.array(z.number()),
  body: settings,
});

const space = openObject({
  architecture: z.string(),
  dimensions: z.array(
    openObject({
      name: z.string(),
      blocks: z.array(z.string()),
      low: z.number(),
      high: z.number(),
      intervals: z.number(),
      /** Later. Absent = the weight of its blocks itself. */
      knot: openObject({ curve: z.string(), at: z.number() }).optional(),
      /** Later. Absent = its number is a weight. */
      share: openObject({ model: z.int().min(0) }).optional(),
      /** Later. Absent = of blocks. */
      parameter: openObject({
        choices: z.array(z.string()).optional(),
        values: z.array(z.number()).optional(),
        neutral: z.number(),
        full: z.number().optional(),
        when: openObject({ name: z.string(), is: z.number() }).optional(),
      }).optional(),
    }),
  ),
  fixed: weightsV1,
  /** Later. Absent = blocks are not shared out. */
  shares: z.array(z.string()).optional(),
  /** Later. Absent = none. */
  curves: z
    .array(
      openObject({
        name: z.string(),
        shape: z.enum(CURVE_SHAPES),
        blocks: z.array(z.array(z.string())),
      }),
    )
    .optional(),
});

const model = openObject({
  name: z.string(),
  file: z.string(),
  hash: z.string().nullable(),
  path: z.string().optional(),
});

export const scorersV1 = z.array(
  openObject({
    id: z.string(),
    version: z.string(),
    weight: z.number(),
    /** Later. */
    map: z.string().default('identity'),
    /** Later. Names of those that it judges; absent = all. */
    payloads: z.array(z.string()).optional(),
  }),
);

export const planV1 = openObject({
  /** As given and completed, without secrets. */
  config: configV1,
  /** Every generation of one iteration, in order. */
  requests: z.array(requestV1),
  /** Later. All images in the order in which trials get them; absent where every trial gets all of them. */
  imageOrder: z.array(openObject({ request: z.string(), index: z.int().min(0) })).optional(),
  space,
  optimizer: openObject({
    name: z.string(),
    /** Later, here and below. Of what it asks for with the same seed and scores; absent = not known. */
    version: z.int().min(1).optional(),
    seed: z.number(),
    options: settings,
    /** The second algorithm, and after how many asks its turn comes. */
    second: openObject({
      name: z.string(),
      version: z.int().min(1).optional(),
      options: settings,
      after: z.int().min(0),
    }).nullable(),
  }),
  /** Later. Measured before everything else, by name; absent = none. */
  baselines: z.array(openObject({ name: z.enum(BASELINE_NAMES), weights: weightsV1 })).optional(),
  /** Later. Prompts of templates that the search does not use, by payload, for the proof; absent without templates. */
  freshPrompts: z
    .array(
      openObject({
        payload: z.string(),
        prompts: z.array(openObject({ prompt: z.string(), negativePrompt: z.string() })),
      }),
    )
    .optional(),
  /** Points that are asked first. */
  queue: z.array(pointV1),
  scorers: scorersV1,
  /** Later. Scorers that are kept apart, each in one goal, with what turns their raw values into scores; absent = one score. */
  goals: z
    .array(
      openObject({
        name: z.string(),
        scorers: z.array(
          openObject({
            id: z.string(),
            higherIsBetter: z.boolean(),
            min: z.number().nullable(),
            max: z.number().nullable(),
          }),
        ),
      }),
    )
    .optional(),
  tally: z.string(),
  /** Later. 0 for the first pass over its models. */
  pass: z.int().min(0).default(0),
  /** Later. Journal of the chain that this search is part of, relative to the working folder. */
  chain: z.string().refine(staysInside, 'points outside the folder of the run').nullable().default(null),
  /** What the server said it has; null in a plan that was made without asking one. */
  server: openObject({
    family: z.string(),
    version: z.string().nullable(),
    mergeWay: z.string(),
    modelA: model,
    modelB: model,
    /** Later. Model C and further ones, where autombw itself merges their files, and searched LoRAs. */
    others: z.array(model).readonly().optional(),
    /** Later. Settings that shape every image and are not at their usual value. */
    settings: settings.optional(),
  }).nullable(),
});

/** The plan of a run as its journal holds it. */
export type SearchPlan = z.output<typeof planV1>;
