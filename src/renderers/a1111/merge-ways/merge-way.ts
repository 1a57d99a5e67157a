/**
 * The contract of every way in which an A1111 server can merge. A way that needs nothing at a step does nothing there:
 * arguments in the request (`decorate`), a call before the pictures (`prepare`), a tag in the prompt (`decorate`),
 * a file (`prepare` and `expectedModel`).
 */
import type { Architecture, BlockWeights } from '../../../space/blocks.ts';
import type { Capabilities } from '../../renderer.ts';
import type { ExpectedModel } from '../check-reply.ts';
import type { Client } from '../client.ts';
import type { ServerModel } from '../schemas.ts';

/** The body of a txt2img request. */
export type MergedBody = Readonly<Record<string, unknown>>;

export interface MergeContext {
  readonly client: Client;
  readonly modelA: ServerModel;
  readonly modelB: ServerModel;
}

export interface MergeWay {
  /** As in `--backend`. */
  readonly name: string;
  capabilities(architecture: Architecture): Capabilities;
  /**
   * Looks whether the server can merge in this way. Changes nothing on the server.
   * @returns the way, ready for this process of the server (a restart voids it), or the reason why there is none
   */
  find(context: MergeContext, signal: AbortSignal): Promise<MergeSession | NoMergeSession>;
}

export interface NoMergeSession {
  /** One sentence: what is missing and what to do. */
  readonly missing: string;
}

export interface MergeSession {
  /** Makes the server ready to merge; model A is selected. Repeating it does no harm. */
  arm(signal: AbortSignal): Promise<void>;
  /** Makes the server render plain model A again, whoever had merged what. Repeating it does no harm. */
  disarm(signal: AbortSignal): Promise<void>;
  /** Calls that the weights need before the pictures of a trial. */
  prepare(weights: BlockWeights, signal: AbortSignal): Promise<void>;
  /** The body with what merging needs; the one given stays as it is. */
  decorate(body: MergedBody, weights: BlockWeights): MergedBody;
  /** What replies will name as their model; model A where left out. */
  expectedModel?(weights: BlockWeights): ExpectedModel;
  /** @returns the path on the server */
  saveCheckpoint?(weights: BlockWeights, name: string, signal: AbortSignal): Promise<string>;
}
