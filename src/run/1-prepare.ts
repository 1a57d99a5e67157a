/** Opens the WebUIs and proves that they really merge, before anything is written. */
import { runError } from '../errors.ts';
import type { SearchConfig } from '../config/schema.ts';
import { proveMerge, type Proof, type Renderer, type ServerReport } from '../renderers/index.ts';
import { decodePicture, hashPixels } from '../score/decode.ts';
import type { ImageRequest } from '../types.ts';
import type { Environment } from './environment.ts';

export interface Prepared {
  readonly renderers: readonly Renderer[];
  /** Of the first WebUI; the others have been checked to have the same models. */
  readonly server: ServerReport;
  /** One per WebUI, empty with `--no-check`. */
  readonly proofs: readonly Proof[];
}

/** @throws what is wrong with the server, the models or the merge; every WebUI is left as it was found */
export async function prepare(
  config: SearchConfig,
  requests: readonly ImageRequest[],
  environment: Environment,
): Promise<Prepared> {
  const renderers = environment.createRenderers(config);
  const proofs: Proof[] = [];
  const reports: ServerReport[] = [];
  try {
    for (const renderer of renderers) {
      reports.push(await renderer.open(environment.signal));
      if (config.check) proofs.push(await prove(renderer, config, requests, environment.signal));
    }
    return { renderers, server: sameModels(reports), proofs };
  } catch (error) {
    await Promise.all(renderers.map((renderer) => renderer.close()));
    throw error;
  }
}

async function prove(
  renderer: Renderer,
  config: SearchConfig,
  requests: readonly ImageRequest[],
  signal: AbortSignal,
): Promise<Proof> {
  const hash = async (bytes: Uint8Array): Promise<string> => hashPixels(await decodePicture(bytes));
  return proveMerge({
    renderer,
    request: tinyRequest(requests),
    hash,
    architecture: config.architecture,
    signal,
  });
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
