/** Does a server merge? What is measured before the run: the proof, the image that looks are held against, and which servers draw the same pixels. */
import { createHash } from 'node:crypto';
import type { SearchConfig } from '../config/schema.ts';
import { pixelHash } from '../images/decode.ts';
import type { JournalRecord } from '../journal/record.ts';
import {
  describeProof,
  proveMerge,
  knownMerge,
  recordedProofs,
  type Proof,
  type Renderer,
} from '../renderers/index.ts';
import { afterColon } from '../shared/after-colon.ts';
import { elapsedOn, type Clock } from '../shared/clock.ts';
import { rulesByName } from '../space/rules.ts';
import { searchedParts, type SearchedPart } from '../space/searched-parts.ts';
import type { ReferenceImage } from '../trial/merge-check.ts';
import type { ImageRequest } from '../types.ts';

export interface ConnectedServer {
  /** Open, and patient with single images. */
  readonly renderer: Renderer;
  /** Both undefined with `--no-check`. */
  readonly proof: Proof | undefined;
  readonly reference: ReferenceImage | undefined;
  /** Servers with the same one draw the same pixels for the same request. */
  readonly pixelGroup: string;
  /** Seconds of a tiny image, its merge included; undefined where none was made. */
  readonly pace?: number | undefined;
  /** Sets merging up again and proves it once more. @returns its pixel group now @throws as {@link proveServer} */
  readonly proveAgain: (signal: AbortSignal) => Promise<string>;
}

export interface ProvingServer {
  readonly config: SearchConfig;
  /** The first one gives the tiny images their prompt. */
  readonly requests: readonly ImageRequest[];
  /** Nobody has read the files: see `ProveOptions`. */
  readonly areFilesUnread: boolean;
  /** See `ProveOptions`. */
  readonly earlier: readonly Proof[];
  readonly clock: Clock;
  /** A sentence for people. */
  readonly say: (sentence: string) => void;
}

/** @throws as `proveMerge`; the signal's reason */
export async function proveServer(
  renderer: Renderer,
  proving: ProvingServer,
  signal: AbortSignal,
): Promise<ConnectedServer> {
  const { config, requests, areFilesUnread, earlier, clock, say } = proving;
  let proof: Proof | undefined;
  const proveAgain = async (within: AbortSignal): Promise<string> => {
    await renderer.rearm(within);
    const known = proof === undefined ? earlier : [proof];
    return (await proveServer(renderer, { ...proving, earlier: known, say: () => undefined }, within))
      .pixelGroup;
  };
  if (!config.check) {
    // Nobody knows what it draws: its images are compared with no other server's.
    const pixelGroup = `unproved-${shortHash(renderer.address ?? renderer.name)}`;
    return { renderer, proof, reference: undefined, pixelGroup, proveAgain };
  }
  const moments = [elapsedOn(clock)];
  proof = await proveMerge({
    renderer,
    request: tinyRequest(requests),
    hash: async (bytes) => {
      moments.push(elapsedOn(clock));
      return pixelHash(bytes);
    },
    architecture: config.architecture,
    parts: partsOf(config),
    areFilesUnread,
    earlier,
    signal,
  });
  for (const sentence of describeProof(proof)) say(`${renderer.name}: ${afterColon(sentence)}`);
  // The first images wait for the models to be loaded.
  const fastest = Math.min(...moments.slice(1).map((moment, n) => moment - (moments[n] ?? moment)));
  return {
    renderer,
    proof,
    reference: referenceOf(renderer, config, requests, proof),
    pixelGroup: pixelGroupOf({ ...proof }),
    pace: fastest > 0 ? fastest / 1000 : undefined,
    proveAgain,
  };
}

/** Of the merges that servers of this run made in earlier sessions, in their order. */
export function proofsIn(records: readonly JournalRecord[]): readonly Proof[] {
  return recordedProofs(records.flatMap((record) => (record.kind === 'proof' ? [record.proof] : [])));
}

/** @param proof also as a journal holds it */
export function pixelGroupOf(proof: Readonly<Record<string, unknown>>): string {
  const { modelA, zero, one, spread, deepest = null, parts = null, last = null, parameters } = proof;
  const own = parameters === undefined ? [] : [parameters];
  return shortHash(JSON.stringify([modelA, zero, one, spread, deepest, parts, last, ...own]));
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function partsOf({ architecture, block, group }: SearchConfig): SearchedPart[] {
  return searchedParts({ architecture, blocks: rulesByName(block, architecture), groups: group });
}

/** The proof's merge of unlike weights: it differs from both models, so that whatever goes wrong shows. */
function referenceOf(
  { capabilities }: Renderer,
  config: SearchConfig,
  requests: readonly ImageRequest[],
  proof: Proof,
): ReferenceImage {
  const { architecture } = config;
  const weights = knownMerge(capabilities, architecture, partsOf(config));
  return { request: tinyRequest(requests), weights, pixels: proof.spread };
}

/** A small, quick image of the first prompt: big enough for every UNet, cheap enough to make five of them. */
function tinyRequest(requests: readonly ImageRequest[]): ImageRequest {
  const [first] = requests;
  if (first === undefined) throw new Error('a search needs at least one request');
  const { prompt, negative_prompt, sampler_name, scheduler, cfg_scale, distilled_cfg_scale } = first.body;
  const body = Object.fromEntries(
    Object.entries({
      prompt,
      negative_prompt,
      sampler_name,
      scheduler,
      cfg_scale,
      distilled_cfg_scale: distilled_cfg_scale ?? undefined,
      seed: 1,
      steps: 4,
      width: 128,
      height: 128,
      batch_size: 1,
      n_iter: 1,
    }).filter(([, value]) => value !== undefined),
  );
  return { ...first, id: 'proof/0', payload: 'proof', seeds: [1], body };
}
