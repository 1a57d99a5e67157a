/**
 * What the two sides of a queue say to each other. Both check what they get: Redis may hold anything, and the other side may be
 * another version. Nothing here is a secret, and nothing names a file of a machine.
 */
import { z } from 'zod';

/** Of everything below; a change that the other side cannot read is another number. */
const FORMAT = 1;
const format = z.literal(FORMAT);

const text = z.string().max(4000);
const name = z.string().min(1).max(200);
const hash = z.string().regex(/^[0-9a-f]{8,64}$/);
const weights = z.record(z.string().max(200), z.number());
const imageRef = z.object({ request: name, index: z.int().min(0).max(100_000) });
const images = z.array(imageRef).max(100_000);
const code = z.string().max(100);

/** A run that wants workers, as they find it. */
export const runEntrySchema = z.object({
  format: z.number(),
  version: name,
  /** What its merged model is called. */
  output: text,
  /** Milliseconds since 1970. */
  since: z.number(),
});

/** What a worker must know of a run before it can serve it. */
export const runDescriptionSchema = z.object({
  format,
  version: name,
  output: text,
  /** Options of the search as a journal has them: no secrets, and nothing of servers. */
  config: z.record(z.string(), z.unknown()),
  /** The text of `--workflow`; null without one. */
  workflow: z.string().max(10_000_000).nullable(),
  /** Which set of requests the search draws. */
  set: hash,
  scoreAt: z.enum(['worker', 'coordinator']),
  /** A worker that scores must have the same. */
  scorers: z.array(z.object({ id: name, version: text })),
});
export type RunDescription = z.infer<typeof runDescriptionSchema>;

/** Requests by which images are drawn, under the hash of their JSON. */
export const requestSetSchema = z.array(
  z.object({
    id: name,
    payload: z.string(),
    prompt: z.string(),
    negativePrompt: z.string(),
    reverseScoring: z.boolean(),
    seeds: z.array(z.number()),
    body: z.record(z.string(), z.unknown()),
  }),
);

const modelIdentity = z.object({
  name: text,
  file: text,
  hash: z.string().nullable(),
  path: z.string().optional(),
});

const hashes = z.record(z.string(), z.string());
const proof = z.object({
  architecture: name,
  request: name,
  modelA: hash,
  zero: hash,
  one: hash,
  spread: hash,
  deepest: hash.nullable(),
  foreign: hash.optional(),
  parts: hashes.optional(),
  last: hashes.optional(),
  parameters: hashes.optional(),
  rearmed: z.boolean(),
});

/** See `Parameter` of the space. */
const parameter = z.object({
  name: z.string(),
  low: z.number(),
  high: z.number(),
  isWhole: z.boolean().optional(),
  choices: z.array(z.string()).optional(),
  neutral: z.number(),
  full: z.number().optional(),
  when: z.object({ name: z.string(), is: z.number() }).optional(),
  isPerBlock: z.boolean().optional(),
});

/** What a worker says of itself, again and again. */
export const registrationSchema = z.object({
  format,
  version: name,
  id: name,
  name,
  /** Of its WebUI, without a login. */
  address: z.string().max(500).nullable(),
  rendererName: text,
  /** Workers with the same one draw the same pixels. */
  pixelGroup: z.string().regex(/^[\w-]{1,80}$/),
  report: z.object({
    family: name,
    version: z.string().nullable(),
    mergeWay: name,
    modelA: modelIdentity,
    modelB: modelIdentity,
    others: z.array(modelIdentity).optional(),
    settings: z.record(z.string(), z.unknown()).optional(),
  }),
  capabilities: z.object({
    free: z.array(z.string()),
    optional: z.array(z.string()).optional(),
    tied: z.record(z.string(), z.string()),
    fixed: weights,
    range: z.object({ low: z.number(), high: z.number() }),
    parts: z
      .object({
        free: z.array(z.string()),
        tied: z.record(z.string(), z.string()).optional(),
        whole: z.array(z.string()).optional(),
      })
      .optional(),
    parameters: z.array(parameter).max(1000).optional(),
    mergesTextEncoder: z.boolean(),
    savesCheckpoint: z.boolean(),
  }),
  /** Of the merge check; null with `--no-check`. */
  proof: proof.nullable(),
  /** Sentences for people, of its server and the requests. */
  warnings: z.array(text).max(200),
  /** `down`: its WebUI does not answer. */
  state: z.enum(['ready', 'down']),
  /** In a sentence: finished images that it has are not taken. */
  trouble: text.optional(),
});
export type Registration = z.infer<typeof registrationSchema>;

/** A worker that cannot serve a run says why. */
export const refusalSchema = z.object({ name, message: text });

/** Work for any worker of a pixel group (`measure`), or for one worker (`look`, `redraw`). */
export const jobSchema = z.discriminatedUnion('kind', [
  z.object({
    format,
    kind: z.literal('measure'),
    set: hash,
    /** Where its finished images lie. */
    shelf: name,
    trial: z.object({ id: z.int(), label: text.optional(), weights }),
    images,
    rearm: z.boolean(),
    more: z.boolean(),
  }),
  z.object({ format, kind: z.literal('look'), set: hash }),
  z.object({ format, kind: z.literal('redraw'), set: hash, image: imageRef.extend({ weights }) }),
]);
export type Job = z.infer<typeof jobSchema>;
export type MeasureJob = Extract<Job, { kind: 'measure' }>;

/** Told on the way of a job. */
export const newsSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('taken'), worker: name }),
  z.object({ kind: z.literal('finished-image'), image: imageRef }),
  z.object({
    kind: z.literal('state'),
    state: z.enum(['merging', 'drawing', 'waiting', 'down']),
    sentence: text,
  }),
  z.object({
    kind: z.literal('progress'),
    done: z.number(),
    total: z.number(),
    step: z.number().nullable(),
    steps: z.number().nullable(),
  }),
  z.object({ kind: z.literal('warning'), sentence: text }),
  z.object({ kind: z.literal('info'), sentence: text }),
]);
export type News = z.infer<typeof newsSchema>;

const failure = z.object({ code, message: text, ends: z.enum(['nothing', 'trial', 'run']) });
const brokenMerge = z.object({
  result: z.enum(['mended', 'lost']),
  image: z.enum(['reference', 'merged']),
  trials: z.array(z.int()),
  reason: text,
});
const look = z.union([z.object({ result: z.literal('holds') }), brokenMerge]);

/** What came of a job. */
export const answerSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('measured'),
    worker: name,
    missing: z.array(imageRef.extend({ code, message: text })).max(100_000),
    failure: failure.nullable(),
    look: look.nullable(),
  }),
  z.object({
    kind: z.literal('looked'),
    look: z.union([look, z.object({ result: z.literal('unanswered'), failure })]).nullable(),
  }),
  z.object({
    kind: z.literal('redrawn'),
    pixels: z.string().nullable(),
    failure: failure.nullable(),
    look: look.nullable(),
  }),
]);
export type Answer = z.infer<typeof answerSchema>;

const answer = z.union([
  z.object({ against: z.number(), outcome: z.number(), by: z.string().optional() }),
  z.object({ rating: z.number(), by: z.string().optional() }),
]);

/** A finished image, as it lies on the shelf beside its file. */
export const shelvedImageSchema = z.object({
  record: z.object({
    request: name,
    index: z.int().min(0),
    payload: z.string(),
    seed: z.number(),
    score: z.number(),
    raw: z.record(z.string(), z.number()),
    pixels: hash,
    seconds: z.number(),
    answer: answer.optional(),
    answers: z.array(answer).optional(),
  }),
  /** False: the coordinator gives it its score. */
  isScored: z.boolean(),
  infotext: z.string().nullable(),
});
export type ShelvedImage = z.infer<typeof shelvedImageSchema>;

export { FORMAT };

/** @throws nothing: what is not as it must be is undefined */
export function parsed<T>(schema: z.ZodType<T>, value: string | null | undefined): T | undefined {
  if (value == null) return undefined;
  try {
    return schema.safeParse(JSON.parse(value)).data;
  } catch {
    return undefined;
  }
}

/** May both work on one run? The last part of a version repairs, and changes nothing between them. */
export function isSameRelease(one: string, other: string): boolean {
  const release = (version: string): string => version.split('.').slice(0, 2).join('.');
  return release(one) === release(other);
}
