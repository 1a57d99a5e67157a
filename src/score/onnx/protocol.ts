/** What the process with the graph and its parent say to each other; typed arrays travel as they are (advanced serialization). */
import { z } from 'zod';

const id = z.int();

const feedSchema = z.object({
  dims: z.array(z.int()).readonly(),
  data: z.custom<Float32Array | Int32Array>(
    (data) => data instanceof Float32Array || data instanceof Int32Array,
  ),
});
/** The values of one input. The child makes them what the graph takes. */
export type Feed = z.output<typeof feedSchema>;
export type Feeds = Readonly<Record<string, Feed>>;

export const requestSchema = z.discriminatedUnion('kind', [
  z.object({ id, kind: z.literal('load'), file: z.string() }),
  z.object({
    id,
    kind: z.literal('run'),
    feeds: z.record(z.string(), feedSchema),
    output: z.string(),
  }),
]);
export type Request = z.output<typeof requestSchema>;

const endSchema = z.object({
  name: z.string(),
  /** As the runtime calls it: float32, int64 … */
  type: z.string(),
  /** A text stands for a side that may be anything. */
  shape: z.array(z.union([z.number(), z.string()])),
});
/** An input or output of a graph. */
export type GraphEnd = z.output<typeof endSchema>;

export const replySchema = z.discriminatedUnion('kind', [
  z.object({ id, kind: z.literal('loaded'), inputs: z.array(endSchema), outputs: z.array(endSchema) }),
  z.object({ id, kind: z.literal('ran'), dims: z.array(z.number()), data: z.instanceof(Float32Array) }),
  z.object({
    id,
    kind: z.literal('failed'),
    /** `no-runtime`: the package is not installed. `runtime`: it is, but does not start. */
    at: z.enum(['no-runtime', 'runtime', 'load', 'run']),
    message: z.string(),
  }),
]);
export type Reply = z.output<typeof replySchema>;
