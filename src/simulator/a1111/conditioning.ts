import type { StateDict } from '../models/state-dict.ts';

/**
 * What the server remembers of a prompt: the text encoder's work on it. The key holds everything but the weights of the
 * text encoder, so that a merge of those goes unnoticed as long as prompt and checkpoint entry stay the same.
 */
export class ConditioningCache {
  /** One place each. */
  readonly #kept = new Map<'positive' | 'negative', { readonly key: string; readonly model: StateDict }>();

  /** The model whose text encoder's work is used: the present one, or the one that was there when the key was new. */
  read(place: 'positive' | 'negative', key: string, model: StateDict): StateDict {
    const kept = this.#kept.get(place);
    if (kept?.key === key) return kept.model;
    this.#kept.set(place, { key, model });
    return model;
  }
}
