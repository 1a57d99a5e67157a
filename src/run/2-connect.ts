/** The servers: opened, checked, and proved to merge, before anything is written. */
import { runError } from '../shared/errors.ts';
import type { SearchConfig } from '../config/schema.ts';
import {
  describeLimits,
  describeProof,
  effectiveWeights,
  proveMerge,
  spreadWeights,
  type Proof,
  type Renderer,
  type ServerReport,
} from '../renderers/index.ts';
import { rulesByName } from '../space/rules.ts';
import { searchedParts, type SearchedPart } from '../space/searched-parts.ts';
import { pixelHash } from '../images/decode.ts';
import { lookForScript } from '../judging/scoring.ts';
import type { Judge } from '../score/score-image.ts';
import type { ReferenceImage } from '../trial/merge-check.ts';
import { patient } from '../trial/patient-renderer.ts';
import type { ImageRequest } from '../types.ts';
import type { Closing } from './closing.ts';
import type { Environment } from './environment.ts';
import { differentSetting } from './settings.ts';

export interface ConnectedServer {
  /** Open, and patient with single images. */
  readonly renderer: Renderer;
  /** Both undefined with `--no-check`. */
  readonly proof: Proof | undefined;
  readonly reference: ReferenceImage | undefined;
}

export interface Connected {
  readonly servers: readonly ConnectedServer[];
  /** Of the first server; the others have been checked to have the same models. */
  readonly report: ServerReport;
}

/** What is known before the first image. */
export interface Found {
  readonly renderers: readonly Renderer[];
  readonly report: ServerReport;
}

export interface Connecting {
  readonly config: SearchConfig;
  readonly requests: readonly ImageRequest[];
  /** Opened before anything is drawn: a scorer that cannot be had would end the run after the proof. */
  readonly judge: Judge;
  /** Looks at the same time for whatever else would end the run later. */
  readonly check: (found: Found) => Promise<void> | void;
}

/**
 * @param closing is given whatever is opened
 * @throws what is wrong with the server, the models or the merge
 */
export async function connect(
  { config, requests, judge, check }: Connecting,
  { signal, clock, onWarning, createRenderers }: Environment,
  closing: Closing,
): Promise<Connected> {
  const patience = { clock, retries: config.retries, minutes: config.reconnect, onRepeat: onWarning };
  const renderers = (await createRenderers(config)).map((renderer) => patient(renderer, patience));
  closing.addServers(renderers);
  const reports: ServerReport[] = [];
  for (const renderer of renderers) {
    renderer.onWarning = (sentence) => onWarning(`${renderer.name}: ${sentence}`);
    reports.push(await renderer.open(signal));
    const limits = describeLimits(renderer.capabilities);
    for (const warning of [...limits, ...(renderer.warnings?.(requests) ?? [])])
      onWarning(`${renderer.name}: ${warning}`);
  }
  const report = sameModels(reports);
  await check({ renderers, report });
  await lookForScript(config, signal);
  closing.addJudge(judge);
  await judge.open(signal);
  const servers: ConnectedServer[] = [];
  for (const renderer of renderers) {
    // Who merges files has read them.
    const areFilesUnread = report.mergeWay !== 'checkpoint';
    const proof = config.check
      ? await prove(renderer, config, { requests, areFilesUnread }, signal)
      : undefined;
    for (const sentence of proof === undefined ? [] : describeProof(proof))
      onWarning(`${renderer.name}: ${sentence}`);
    servers.push({ renderer, proof, reference: referenceOf(renderer, config, requests, proof) });
  }
  return { servers, report: (await renderers[0]?.report?.(signal)) ?? report };
}

async function prove(
  renderer: Renderer,
  config: SearchConfig,
  {
    requests,
    areFilesUnread,
  }: { readonly requests: readonly ImageRequest[]; readonly areFilesUnread: boolean },
  signal: AbortSignal,
): Promise<Proof> {
  return proveMerge({
    renderer,
    request: tinyRequest(requests),
    hash: pixelHash,
    architecture: config.architecture,
    parts: partsOf(config),
    areFilesUnread,
    signal,
  });
}

function partsOf({ architecture, block, group }: SearchConfig): SearchedPart[] {
  return searchedParts({ architecture, blocks: rulesByName(block, architecture), groups: group });
}

/** The proof's merge of unlike weights: it differs from both models, so that whatever goes wrong shows. */
function referenceOf(
  { capabilities }: Renderer,
  config: SearchConfig,
  requests: readonly ImageRequest[],
  proof: Proof | undefined,
): ReferenceImage | undefined {
  if (proof === undefined) return undefined;
  const { architecture } = config;
  const spread = spreadWeights(architecture, partsOf(config));
  const weights = effectiveWeights(spread, capabilities, architecture);
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

function sameModels(reports: readonly ServerReport[]): ServerReport {
  const [first, ...others] = reports;
  if (first === undefined) throw new Error('a run needs at least one WebUI');
  for (const other of others) {
    const setting = differentSetting(first.settings, other.settings);
    if (setting !== undefined) {
      throw runError(
        'servers-differ',
        `The WebUIs have different settings: ${setting}. Give all of them the same.`,
      );
    }
    if (other.modelA.file === first.modelA.file && other.modelB.file === first.modelB.file) continue;
    throw runError(
      'servers-differ',
      `The WebUIs do not have the same models: ${first.modelA.file} and ${first.modelB.file} here, ${other.modelA.file} and ${other.modelB.file} there.`,
    );
  }
  return first;
}
