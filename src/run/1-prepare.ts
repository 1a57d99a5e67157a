/** Opens the WebUIs and proves that they really merge, before anything is written. */
import { isExpected, runError } from '../errors.ts';
import type { SearchConfig } from '../config/schema.ts';
import {
  describeLimits,
  effectiveWeights,
  proveMerge,
  type Proof,
  type Renderer,
  type ServerReport,
} from '../renderers/index.ts';
import { decodePicture, hashPixels } from '../score/decode.ts';
import { uniformWeights } from '../space/blocks.ts';
import type { ImageRequest } from '../types.ts';
import { closeRenderers } from './close-renderers.ts';
import { checkModelFiles } from './native-merge.ts';
import type { Environment } from './environment.ts';
import type { KnownPoint } from './guard.ts';

export interface Prepared {
  readonly renderers: readonly Renderer[];
  /** Of the first WebUI; the others have been checked to have the same models. */
  readonly server: ServerReport;
  /** One per WebUI, empty with `--no-check`. */
  readonly proofs: readonly Proof[];
  /** The known point of every WebUI; undefined with `--no-check`. */
  readonly known: readonly (KnownPoint | undefined)[];
}

/** @throws what is wrong with the server, the models or the merge; every WebUI is left as it was found */
export async function prepare(
  config: SearchConfig,
  requests: readonly ImageRequest[],
  environment: Environment,
): Promise<Prepared> {
  const renderers = await environment.createRenderers(config);
  const proofs: Proof[] = [];
  const reports: ServerReport[] = [];
  try {
    for (const renderer of renderers) {
      const report = await renderer.open(environment.signal);
      reports.push(report);
      await checkModelFiles(config, report, environment.signal);
      const limits = describeLimits(renderer.capabilities);
      for (const remark of [...limits, ...(renderer.remarks?.(requests) ?? [])])
        environment.onRemark(`${renderer.name}: ${remark}`);
      if (config.check) proofs.push(await prove(renderer, config, requests, environment.signal));
    }
    const known = renderers.map((renderer, i) => knownPoint(renderer, config, requests, proofs[i]));
    return { renderers, server: sameModels(reports), proofs, known };
  } catch (error) {
    await closeRenderers(renderers, environment.onRemark, { isHurried: !isExpected(error) });
    throw error;
  }
}

/** Of the decoded picture: the files of equal pictures differ. */
export async function pixelHash(bytes: Uint8Array): Promise<string> {
  return hashPixels(await decodePicture(bytes));
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

/** The middle of the proof: it differs from both models, so that whatever goes wrong shows. */
function knownPoint(
  { capabilities }: Renderer,
  { architecture }: SearchConfig,
  requests: readonly ImageRequest[],
  proof: Proof | undefined,
): KnownPoint | undefined {
  if (proof === undefined) return undefined;
  const weights = effectiveWeights(uniformWeights(0.5, architecture), capabilities, architecture);
  return { request: tinyRequest(requests), weights, pixels: proof.half };
}

/** A small, quick picture of the first prompt: big enough for every UNet, cheap enough to make four of them. */
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
    if (other.modelA.file === first.modelA.file && other.modelB.file === first.modelB.file) continue;
    throw runError(
      'servers-differ',
      `The WebUIs do not have the same models: ${first.modelA.file} and ${first.modelB.file} here, ${other.modelA.file} and ${other.modelB.file} there.`,
    );
  }
  return first;
}
