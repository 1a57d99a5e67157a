/**
 * The lines of a journal, format version 1. One JSON object a line, append-only; the first line is the frozen plan (or,
 * for a journal recovered from a log, what the log knew). Everything else that a run writes is a projection of these.
 * What may change here, and how old journals follow: upgrade.ts.
 */
import { z } from 'zod';
import { openObject } from './open-object.ts';
import { planV1, pointV1, requestV1, scorersV1, weightsV1 } from './plan-v1.ts';
import { staysInside } from '../shared/files/stays-inside.ts';
import { BASELINE_NAMES } from '../types.ts';
import type { LineFormat } from './lines.ts';
import { JOURNAL_VERSION, PRESENT_FORMAT } from './upgrade.ts';

export { JOURNAL_VERSION } from './upgrade.ts';
export type { SearchPlan } from './plan-v1.ts';

/** Who said it, where people give their names. */
const by = z.string().max(40).optional();
const answer = z.union([
  openObject({ against: z.int().min(1), outcome: z.int().min(-2).max(2), by }),
  openObject({ rating: z.number().min(0).max(10), by }),
]);

const image = openObject({
  request: z.string(),
  index: z.number(),
  payload: z.string(),
  seed: z.number(),
  score: z.number(),
  raw: z.record(z.string(), z.number()),
  pixels: z.string(),
  seconds: z.number(),
  /** Of a person who compares: see `RaterAnswer`. */
  answer: answer.optional(),
  /** The same of several people: then it stands in the place of `answer`. */
  answers: z.array(answer).readonly().optional(),
});

/** Asked for and not to be had; the others of its trial count. */
const missing = z
  .array(openObject({ request: z.string(), index: z.int().min(0), code: z.string(), message: z.string() }))
  .optional();

/** That of the server that drew it: it is taken up where a server of the same one would draw it. */
const pixelGroup = z.string();

const time = openObject({ at: z.string(), evaluation: z.number(), iteration: z.number() });
const at = openObject({ at: z.string() });
const trial = z.int().min(1);
/** Of a request: its number, where it came from as people read it, and when it was followed. */
const asked = { id: z.string(), by: z.string(), time: at };

const version = z.literal(JOURNAL_VERSION);
const planRecord = openObject({
  kind: z.literal('plan'),
  version,
  plan: planV1,
  /** Where this run's recipe goes, relative to the working folder: two runs never share one. */
  recipe: z.string().refine(staysInside, 'points outside the folder of the run'),
  time: at,
});
const recoveredRecord = openObject({
  kind: z.literal('recovered'),
  version,
  /** Name of the log. */
  source: z.string(),
  modelA: z.string().nullable(),
  modelB: z.string().nullable(),
  output: z.string().nullable(),
  /** Weights that the log holds without a score: they are asked first. */
  queue: z.array(weightsV1),
});

export const recordSchema = z.discriminatedUnion('kind', [
  planRecord,
  recoveredRecord,
  /** The merge check: that the merge happens, made before the first trial of a session. */
  openObject({ kind: z.literal('proof'), proof: z.record(z.string(), z.unknown()) }),
  /**
   * Known from elsewhere: data for the optimizer, no iteration of this run. `measured`: by the very same requests and
   * scorers, in an earlier pass, so that its images need not be made again.
   */
  openObject({
    kind: z.literal('prior'),
    weights: weightsV1,
    score: z.number(),
    measured: z.boolean().optional(),
  }),
  /** Found by an earlier tool on the same search: an iteration of this run. */
  openObject({ kind: z.literal('learnt'), trial, weights: weightsV1, score: z.number() }),
  openObject({
    kind: z.literal('asked'),
    trial,
    origin: z.enum(['optimizer', 'queued']),
    /** Absent = a trial of the search. */
    baseline: z.enum(BASELINE_NAMES).optional(),
    /** Measured because of the oldest `queued` record that was not followed yet. Absent = no. */
    byHand: z.literal(true).optional(),
    point: pointV1,
    weights: weightsV1,
    /** So many images, the first of the plan's order; absent = all. */
    images: z.int().min(1).optional(),
    /** What a merge was taken to cost when that was decided, in images; absent = 0. */
    mergeCost: z.number().optional(),
  }),
  openObject({
    kind: z.literal('scored'),
    trial,
    score: z.number(),
    images: z.array(image),
    missing,
    /** 0 = measured by an earlier pass. */
    repeatOf: z.int().min(0).optional(),
    time,
  }),
  /** A scored trial is to get images up to that many of the plan's order; as many as before = its missing ones once more. */
  openObject({
    kind: z.literal('more'),
    trial,
    images: z.int().min(1),
    mergeCost: z.number(),
    /** The optimizer was asked what it would propose instead: one with a state of its own has moved on. Absent = no. */
    peeked: z.boolean().optional(),
  }),
  /** What came of `more`: the score is the tally of all images that the trial has then. */
  openObject({
    kind: z.literal('added'),
    trial,
    score: z.number(),
    /** Those that came now. */
    images: z.array(image),
    /** Of all that were asked for so far. */
    missing,
    time,
  }),
  /** Said by a person who compares, before the trial is finished: where the run ends before that, it is not asked for again. */
  openObject({
    kind: z.literal('answer'),
    trial,
    request: z.string(),
    index: z.int().min(0),
    pixels: z.string(),
    answer,
  }),
  /**
   * A finished image of a trial that is still measured (of `asked`, or of the `more` behind it), written once its file is on the
   * disk: a run that was killed does not draw it again. The record that ends the trial says which of them count.
   */
  openObject({ kind: z.literal('image'), trial, image, pixelGroup }),
  /** What came of the trial that is measured may show another merge: its images so far are drawn again. */
  openObject({ kind: z.literal('forgotten'), trial }),
  openObject({
    kind: z.literal('failed'),
    trial,
    failure: openObject({ code: z.string(), message: z.string() }),
    images: z.array(image),
    time,
  }),
  /** Their scores are not to be trusted: they count as failed from here on. */
  openObject({ kind: z.literal('doubted'), trials: z.array(trial), reason: z.string(), time: at }),
  /** Asked for while the run is under way (see control.ts); `id` of the request: none is followed twice. No image is asked for from here on … */
  openObject({
    kind: z.literal('paused'),
    ...asked,
    /** ISO 8601: when it goes on by itself; absent = nobody knows. */
    until: z.string().optional(),
  }),
  /** … to here, or to where a later session goes on. */
  openObject({ kind: z.literal('continued'), ...asked }),
  /** The search stops once the trials that are being measured are finished. */
  openObject({ kind: z.literal('stopping'), ...asked }),
  /** Somebody does not want a trial: it counts as failed from here on, and so do those that took over its score. */
  openObject({ kind: z.literal('rejected'), trial, trials: z.array(trial), ...asked }),
  /** To be measured before anything that the optimizer proposes; what was asked for, brought into the space. */
  openObject({ kind: z.literal('queued'), point: pointV1, weights: weightsV1, ...asked }),
  /** A request that cannot be followed, and why. */
  openObject({ kind: z.literal('refused'), request: z.string(), reason: z.string(), ...asked }),
  /** Several servers work on the run from here on, or others than before. */
  openObject({
    kind: z.literal('fleet'),
    /** Number of the proof that they draw; absent = the search. */
    proof: z.int().min(1).optional(),
    members: z.array(
      openObject({
        name: z.string(),
        /** Without a login. */
        address: z.string().nullable(),
        /** Members with the same one draw the same pixels for the same request. */
        pixelGroup: z.string(),
      }),
    ),
    /** By request, the pixel group that draws its images, of every trial. */
    pins: z.record(z.string(), z.string()),
    /** How many trials are measured at the same time from here on. Absent = an earlier version wrote it. */
    openTrials: z.int().min(1).optional(),
    time: at,
  }),
  /** A later session goes on; limits that it was given in place of the plan's. */
  openObject({ kind: z.literal('resumed'), limits: z.record(z.string(), z.number()), time: at }),
  /** A proof on fresh images begins: what is compared, and on which images. */
  openObject({
    kind: z.literal('proving'),
    /** 1, 2, 3 … within the journal. */
    proof: z.int().min(1),
    candidates: z.array(openObject({ name: z.string(), trial: trial.nullable(), weights: weightsV1 })),
    requests: z.array(requestV1),
    /** The images of these requests that every candidate gets. */
    images: z.array(openObject({ request: z.string(), index: z.int().min(0) })),
    scorers: scorersV1,
    /** What else shapes a score (combination, calibration), as one text to compare by. */
    judging: z.string().optional(),
    time: at,
  }),
  /**
   * A candidate's images of a proof, in the order of the proof's images. A later one takes its place; one without images takes it
   * back.
   */
  openObject({
    kind: z.literal('proved'),
    proof: z.int().min(1),
    candidate: z.string(),
    images: z.array(image),
    missing,
    /** The proof was stopped within it: what is missing is drawn when it goes on. Absent = no. */
    unfinished: z.literal(true).optional(),
    time,
  }),
  /** As `image`, of a candidate that is still drawn; a `proved` of it without images takes it back. */
  openObject({
    kind: z.literal('proof-image'),
    proof: z.int().min(1),
    candidate: z.string(),
    image,
    pixelGroup,
  }),
  /** What a proof has shown: it follows from the images, and is kept for whoever reads the journal without this program. */
  openObject({
    kind: z.literal('verdict'),
    proof: z.int().min(1),
    verdict: z.record(z.string(), z.unknown()),
    /** The same for people, a sentence each. */
    words: z.array(z.string()).optional(),
    time: at,
  }),
  openObject({
    kind: z.literal('stopped'),
    reason: openObject({ code: z.string(), message: z.string() }),
    time: at,
  }),
  /** The merged checkpoint was written: a later session that would write the same leaves it alone. */
  openObject({
    kind: z.literal('saved'),
    /** Of the file, without extension: the output, or one with a number behind it. */
    name: z.string(),
    /** Where it lies: a path, or what the server calls it. */
    checkpoint: z.string(),
    weights: weightsV1,
    /** Of the file; absent = it was not readable here. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    time: at,
  }),
]);

export const RECORD_FORMAT: LineFormat = {
  ...PRESENT_FORMAT,
  kinds: new Set(recordSchema.options.map(({ shape }) => shape.kind.value)),
};

export type JournalRecord = z.output<typeof recordSchema>;
export type RecordOf<K extends JournalRecord['kind']> = Extract<JournalRecord, { kind: K }>;
