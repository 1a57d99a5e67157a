/** Guidance that some networks of transformers were distilled to: they are told it with every step. */
import { UNET_PREFIX } from '../state-dict.ts';
import type { StateDict } from '../state-dict.ts';

/** What such models take where nobody says otherwise. */
export const USUAL_GUIDANCE = 3.5;

export function takesGuidance(network: StateDict): boolean {
  return [...network.keys()].some((key) => key.startsWith(`${UNET_PREFIX}guidance_in.`));
}

/** See `PaintJob.conditions`; empty where it makes no difference. */
export function guidanceNote(network: StateDict, guidance: number): string {
  return takesGuidance(network) && guidance !== USUAL_GUIDANCE ? `guidance ${guidance}` : '';
}
