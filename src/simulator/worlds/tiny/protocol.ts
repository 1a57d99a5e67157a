/** What the process with the graphs and its parent say to each other; typed arrays travel as they are (advanced serialization). */
import { z } from 'zod';

export const GRAPHS = ['text', 'unet', 'vae'] as const;
export type GraphName = (typeof GRAPHS)[number];

const feedSchema = z.object({
  dims: z.array(z.int()).readonly(),
  data: z.custom<Float32Array | BigInt64Array>(
    (data) => data instanceof Float32Array || data instanceof BigInt64Array,
  ),
});
export type Feed = z.output<typeof feedSchema>;
export type Feeds = Readonly<Record<string, Feed>>;

const id = z.int();
const graph = z.enum(GRAPHS);
const weights = z.int();
const feeds = z.record(z.string(), feedSchema);
export const requestSchema = z.discriminatedUnion('kind', [
  z.object({ id, kind: z.literal('load'), files: z.record(graph, z.string()) }),
  /** Weights that later runs name by their number. Older ones of the same graph may be forgotten. */
  z.object({ id, kind: z.literal('keep'), graph, weights, feeds }),
  z.object({ id, kind: z.literal('run'), graph, weights, feeds }),
]);
export type Request = z.output<typeof requestSchema>;
type Numbered<R> = R extends Request ? Omit<R, 'id'> : never;
export type Ask = Numbered<Request>;

/** Sets of weights that the process remembers for each graph: two models and what is merged of them, and one to spare. */
export const KEPT_WEIGHTS = 4;

const endSchema = z.object({ name: z.string(), shape: z.array(z.union([z.number(), z.string()])) });
export type GraphEnd = z.output<typeof endSchema>;

const ends = z.array(endSchema);
const output = z.object({ dims: z.array(z.int()), data: z.instanceof(Float32Array) });
export type Output = z.output<typeof output>;

export const replySchema = z.discriminatedUnion('kind', [
  z.object({ id, kind: z.literal('loaded'), inputs: z.object({ text: ends, unet: ends, vae: ends }) }),
  z.object({ id, kind: z.literal('kept') }),
  z.object({ id, kind: z.literal('ran'), outputs: z.record(z.string(), output) }),
  z.object({
    id,
    kind: z.literal('failed'),
    at: z.enum(['no-runtime', 'runtime', 'load', 'keep', 'run']),
    message: z.string(),
  }),
]);
export type Reply = z.output<typeof replySchema>;
