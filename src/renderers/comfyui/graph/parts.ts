/** What a request puts between the loaders and its own nodes: LoRAs, clip skip, another VAE. */
import type { GraphNode, Link } from './graph.ts';
import type { ChainSettings } from '../request/settings.ts';

/** Where nodes take model, text encoder and VAE from. */
export interface Source {
  readonly model: Link;
  /** Undefined where nothing hangs on it: a workflow file may have its own. */
  readonly clip: Link | undefined;
  readonly vae: Link | undefined;
}

/** Adds a node; the link is to its first output. */
export type Add = (id: string, classType: string, inputs: GraphNode['inputs']) => Link;

/** @param wants tells which parts are used at all: the others stay the source's, without nodes */
export function partsOf(
  settings: ChainSettings,
  prefix: string,
  source: Source,
  add: Add,
  wants: (part: keyof Source) => boolean = () => true,
): Source {
  let { model, clip } = source;
  for (const [index, { file, textEncoder, network }] of settings.loras.entries()) {
    const id = `${prefix}_lora${index}`;
    if (clip === undefined) {
      model = add(id, 'LoraLoaderModelOnly', { model, lora_name: file, strength_model: network });
      continue;
    }
    model = add(id, 'LoraLoader', {
      model,
      clip,
      lora_name: file,
      strength_model: network,
      strength_clip: textEncoder,
    });
    clip = [id, 1];
  }
  if (wants('clip') && settings.clipSkip > 1) {
    // Counted from the end.
    clip = add(`${prefix}_clip`, 'CLIPSetLastLayer', { clip, stop_at_clip_layer: -settings.clipSkip });
  }
  for (const [index, { className, inputs }] of settings.patches.entries()) {
    model = add(`${prefix}_patch${index}`, className, { model, ...inputs });
  }
  const vae =
    wants('vae') && settings.vae !== undefined
      ? add(`${prefix}_vae`, 'VAELoader', { vae_name: settings.vae })
      : source.vae;
  return { model, clip, vae };
}
