/** What a request puts between the loaders and its own nodes: LoRAs, clip skip, another VAE. */
import type { GraphNode, Link } from './graph.ts';
import type { ChainSettings } from '../request/settings.ts';

/** Where nodes take model, text encoder and VAE from. */
export interface Source {
  readonly model: Link;
  readonly clip: Link;
  readonly vae: Link;
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
  for (const [index, { file, strength }] of settings.loras.entries()) {
    const id = `${prefix}_lora${index}`;
    model = add(id, 'LoraLoader', {
      model,
      clip,
      lora_name: file,
      strength_model: strength,
      strength_clip: strength,
    });
    clip = [id, 1];
  }
  if (wants('clip') && settings.clipSkip > 1) {
    // Counted from the end.
    clip = add(`${prefix}_clip`, 'CLIPSetLastLayer', { clip, stop_at_clip_layer: -settings.clipSkip });
  }
  const vae =
    wants('vae') && settings.vae !== undefined
      ? add(`${prefix}_vae`, 'VAELoader', { vae_name: settings.vae })
      : source.vae;
  return { model, clip, vae };
}
