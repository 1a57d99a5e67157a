/** What a tagger sees in an image: probabilities from 0 to 1 by tag, in the spelling of `tagName`. */
export type Tags = ReadonlyMap<string, number>;

/** A way to ask the WebUI for tags. */
export interface Tagger {
  /** @throws run error `scorer-unreachable` or `scorer-failed`; the signal's reason */
  tagsOf(image: Uint8Array, signal: AbortSignal): Promise<Tags>;
}
