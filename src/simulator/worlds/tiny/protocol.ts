/** What the process with the graphs and its parent say to each other; typed arrays travel as they are (advanced serialization). */
import { z } from 'zod';

export const GRAPHS = ['text', 'unet', 'vae'] as const;
export type GraphName = (typeof GRAPHS)[number];

export interface Feed {
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}
export type Feeds = Readonly<Record<string, Feed>>;

export type Ask =
  | { readonly kind: 'load'; readonly files: Readonly<Record<GraphName, string>> }
  /** Weights that later runs name by their number. Older ones of the same graph may be forgotten. */
  | { readonly kind: 'keep'; readonly graph: GraphName; readonly weights: number; readonly feeds: Feeds }
  | { readonly kind: 'run'; readonly graph: GraphName; readonly weights: number; readonly feeds: Feeds };
export type Request = Ask & { readonly id: number };

/** Sets of weights that the process remembers for each graph: two models and what is merged of them, and one to spare. */
export const KEPT_WEIGHTS = 4;

const endSchema = z.object({ name: z.string(), shape: z.array(z.union([z.number(), z.string()])) });
export type GraphEnd = z.output<typeof endSchema>;

const id = z.int();
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
