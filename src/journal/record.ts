/**
 * The lines of a journal, format version 1. One JSON object a line, append-only; the first line is the frozen plan (or,
 * for a journal recovered from a log, what the log knew). Everything else that a run writes is a projection of these.
 */
import { z } from 'zod';
import { searchConfigSchema } from '../config/schema.ts';
import { architectureSchema, blockNameSchema, blockWeightsSchema } from '../architectures/schema.ts';

export const JOURNAL_VERSION = 1;

const blockName = blockNameSchema;
const weights = blockWeightsSchema;
const point = z.array(z.number());

const request = z.strictObject({
  id: z.string(),
  payload: z.string(),
  prompt: z.string(),
  negativePrompt: z.string(),
  reverseScoring: z.boolean(),
  seeds: z.array(z.number()),
  body: z.record(z.string(), z.unknown()),
});

const space = z.strictObject({
  architecture: architectureSchema,
  dimensions: z.array(
    z.strictObject({
      name: z.string(),
      blocks: z.array(blockName),
      low: z.number(),
      high: z.number(),
      intervals: z.number(),
    }),
  ),
  fixed: weights,
});

const model = z.strictObject({
  name: z.string(),
  file: z.string(),
  hash: z.string().nullable(),
  path: z.string().optional(),
});

export const planSchema = z.strictObject({
  /** As given and completed, without secrets. */
  config: searchConfigSchema,
  /** Every generation of one iteration, in order. */
  requests: z.array(request),
  space,
  optimizer: z.strictObject({
    name: z.string(),
    seed: z.number(),
    options: z.record(z.string(), z.unknown()),
    /** The second algorithm, and after how many asks its turn comes. */
    second: z
      .strictObject({
        name: z.string(),
        options: z.record(z.string(), z.unknown()),
        after: z.int().min(0),
      })
      .nullable(),
  }),
  /** Points that are asked first. */
  queue: z.array(point),
  scorers: z.array(
    z.strictObject({
      id: z.string(),
      version: z.string(),
      weight: z.number(),
      map: z.string().default('identity'),
    }),
  ),
  tally: z.string(),
  /** 0 for the first pass over its models. */
  pass: z.int().min(0).default(0),
  /** Journal of the chain that this search is part of, relative to the working folder. */
  chain: z.string().nullable().default(null),
  /** What the server said it has; null in a plan that was made without asking one. */
  server: z
    .strictObject({
      family: z.string(),
      version: z.string().nullable(),
      mergeWay: z.string(),
      modelA: model,
      modelB: model,
      /** Settings that shape every image and are not at their usual value; absent in older journals. */
      settings: z.record(z.string(), z.unknown()).optional(),
    })
    .nullable(),
});

const image = z.strictObject({
  request: z.string(),
  index: z.number(),
  payload: z.string(),
  seed: z.number(),
  score: z.number(),
  raw: z.record(z.string(), z.number()),
  pixels: z.string(),
  seconds: z.number(),
});

const time = z.strictObject({ at: z.string(), evaluation: z.number(), iteration: z.number() });
const at = z.strictObject({ at: z.string() });
const trial = z.int().min(1);

const version = z.literal(JOURNAL_VERSION);
const planRecord = z.strictObject({
  kind: z.literal('plan'),
  version,
  plan: planSchema,
  /** Where this run's recipe goes, relative to the working folder: two runs never share one. */
  recipe: z.string(),
  time: at,
});
const recoveredRecord = z.strictObject({
  kind: z.literal('recovered'),
  version,
  /** Name of the log. */
  source: z.string(),
  modelA: z.string().nullable(),
  modelB: z.string().nullable(),
  output: z.string().nullable(),
  /** Weights that the log holds without a score: they are asked first. */
  queue: z.array(weights),
});

export const recordSchema = z.discriminatedUnion('kind', [
  planRecord,
  recoveredRecord,
  /** The proof that the merge happens, made before the first trial of a session. */
  z.strictObject({ kind: z.literal('proof'), proof: z.record(z.string(), z.unknown()) }),
  /**
   * Known from elsewhere: data for the optimizer, no iteration of this run. `measured`: by the very same requests and
   * scorers, in an earlier pass, so that its images need not be made again.
   */
  z.strictObject({
    kind: z.literal('prior'),
    weights,
    score: z.number(),
    measured: z.boolean().optional(),
  }),
  /** Found by an earlier tool on the same search: an iteration of this run. */
  z.strictObject({ kind: z.literal('learnt'), trial, weights, score: z.number() }),
  z.strictObject({
    kind: z.literal('asked'),
    trial,
    origin: z.enum(['optimizer', 'queued']),
    point,
    weights,
  }),
  z.strictObject({
    kind: z.literal('scored'),
    trial,
    score: z.number(),
    images: z.array(image),
    /** 0 = measured by an earlier pass. */
    repeatOf: z.int().min(0).optional(),
    time,
  }),
  z.strictObject({
    kind: z.literal('failed'),
    trial,
    failure: z.strictObject({ code: z.string(), message: z.string() }),
    images: z.array(image),
    time,
  }),
  /** Their scores are not to be trusted: they count as failed from here on. */
  z.strictObject({ kind: z.literal('doubted'), trials: z.array(trial), reason: z.string(), time: at }),
  /** A later session goes on; limits that it was given in place of the plan's. */
  z.strictObject({ kind: z.literal('resumed'), limits: z.record(z.string(), z.number()), time: at }),
  z.strictObject({
    kind: z.literal('stopped'),
    reason: z.strictObject({ code: z.string(), message: z.string() }),
    time: at,
  }),
]);

export type JournalRecord = z.output<typeof recordSchema>;
export type SearchPlan = z.output<typeof planSchema>;
export type PlanRecord = z.output<typeof planRecord>;
export type RecordOf<K extends JournalRecord['kind']> = Extract<JournalRecord, { kind: K }>;
