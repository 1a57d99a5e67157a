/** Opens the WebUIs and proves that they really merge, before anything is written. */
import { isExpected, messageOf, runError } from '../shared/errors.ts';
import type { SearchConfig } from '../config/schema.ts';
import {
  describeLimits,
  effectiveWeights,
  proveMerge,
  spreadWeights,
  type Proof,
  type Renderer,
  type ServerReport,
} from '../renderers/index.ts';
import { decodeImage, hashPixels } from '../images/decode.ts';
import type { Judge } from '../score/score-image.ts';
import type { ImageRequest } from '../types.ts';
import { closeRenderers } from './close-renderers.ts';
import type { Environment } from './environment.ts';
import type { KnownPoint } from './merge-check.ts';
import { patient } from './patient-renderer.ts';
import { lookForScript } from '../judging/scoring.ts';
import { differentSetting } from './settings.ts';

export interface Prepared {
  readonly renderers: readonly Renderer[];
  /** Of the first WebUI; the others have been checked to have the same models. */
  readonly server: ServerReport;
  /** One per WebUI, empty with `--no-check`. */
  readonly proofs: readonly Proof[];
  /** The known point of every WebUI; undefined with `--no-check`. */
  readonly known: readonly (KnownPoint | undefined)[];
}

/** What is known before the first image. */
export type Found = Pick<Prepared, 'renderers' | 'server'>;

/**
 * @param judge opened before anything is drawn: a scorer that cannot be had would end the run after the proof
 * @param check looks at the same time for whatever else would end the run later
 * @throws what is wrong with the server, the models or the merge; every WebUI is left as it was found
 */
export async function prepare(
  config: SearchConfig,
  requests: readonly ImageRequest[],
  environment: Environment,
  judge: Judge,
  check: (found: Found) => Promise<void>,
): Promise<Prepared> {
  const { signal, clock, onRemark } = environment;
  const patience = { clock, retries: config.retries, minutes: config.reconnect, onRepeat: onRemark };
  const renderers = (await environment.createRenderers(config)).map((renderer) =>
    patient(renderer, patience),
  );
  const proofs: Proof[] = [];
  const reports: ServerReport[] = [];
  try {
    for (const renderer of renderers) {
      renderer.onNotice = (sentence) => onRemark(`${renderer.name}: ${sentence}`);
      reports.push(await renderer.open(signal));
      const limits = describeLimits(renderer.capabilities);
      for (const remark of [...limits, ...(renderer.remarks?.(requests) ?? [])])
        onRemark(`${renderer.name}: ${remark}`);
    }
    const server = sameModels(reports);
    await check({ renderers, server });
    await lookForScript(config, signal);
    await judge.open(signal);
    if (config.check) {
      for (const renderer of renderers) proofs.push(await prove(renderer, config, requests, signal));
    }
    const known = renderers.map((renderer, i) => knownPoint(renderer, config, requests, proofs[i]));
    return { renderers, server: (await renderers[0]?.report?.(signal)) ?? server, proofs, known };
  } catch (error) {
    await judge.close().catch((failure: unknown) => onRemark(messageOf(failure)));
    await closeRenderers(renderers, onRemark, { isHurried: !isExpected(error) });
    throw error;
  }
}

/** Of the decoded image: the files of equal images differ. */
export async function pixelHash(bytes: Uint8Array): Promise<string> {
  return hashPixels(await decodeImage(bytes));
}

async function prove(
  renderer: Renderer,
  config: SearchConfig,
  requests: readonly ImageRequest[],
  signal: AbortSignal,
): Promise<Proof> {
  return proveMerge({
    renderer,
    request: tinyRequest(requests),
    hash: pixelHash,
    architecture: config.architecture,
    signal,
  });
}

/** The proof's merge of unlike weights: it differs from both models, so that whatever goes wrong shows. */
function knownPoint(
  { capabilities }: Renderer,
  { architecture }: SearchConfig,
  requests: readonly ImageRequest[],
  proof: Proof | undefined,
): KnownPoint | undefined {
  if (proof === undefined) return undefined;
  const weights = effectiveWeights(spreadWeights(architecture), capabilities, architecture);
  return { request: tinyRequest(requests), weights, pixels: proof.spread };
}

/** A small, quick image of the first prompt: big enough for every UNet, cheap enough to make four of them. */
function tinyRequest(requests: readonly ImageRequest[]): ImageRequest {
  const [first] = requests;
  if (first === undefined) throw new Error('a search needs at least one request');
  const { prompt, negative_prompt, sampler_name, scheduler, cfg_scale } = first.body;
  const body = Object.fromEntries(
    Object.entries({
      prompt,
      negative_prompt,
      sampler_name,
      scheduler,
      cfg_scale,
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
