/**
 * What the server remembers of a prompt: the text encoder's work on it. The key holds everything but the weights of the
 * text encoder, so that a merge of those goes unnoticed as long as prompt and checkpoint entry stay the same.
 */
export class ConditioningCache {
  /** One place each. */
  readonly #kept = new Map<'positive' | 'negative', { readonly key: string; readonly textEncoder: string }>();

  /** The text encoder whose work is used: the present one, or the one that was there when the key was new. */
  read(place: 'positive' | 'negative', key: string, textEncoder: string): string {
    const kept = this.#kept.get(place);
    if (kept?.key === key) return kept.textEncoder;
    this.#kept.set(place, { key, textEncoder });
    return textEncoder;
  }
}
