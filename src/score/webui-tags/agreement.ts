/** How far an image shows what its prompt asks for, by the tags that a tagger sees in it. */
import type { Tags } from './tags.ts';

export interface Agreement {
  /** Tags of the prompt that the tagger can see at all. */
  readonly tags: number;
  /** Mean probability of those, by attention weight, 0 to 1. */
  readonly recall: number;
  /** Mean probability of the tags of the negative prompt, 0 to 1; 0 without any. */
  readonly unwanted: number;
  /** Share of what is seen that was asked for, 0 to 1. */
  readonly precision: number;
}

/** A list as long as this is the tagger's whole vocabulary (they know about 9000 tags): what it lacks, cannot be seen. */
const WHOLE_VOCABULARY = 5000;
/** Probability from which a tag counts as seen. */
const SEEN = 0.05;

export function agreementOf(
  wanted: ReadonlyMap<string, number>,
  unwanted: ReadonlyMap<string, number>,
  tags: Tags,
): Agreement {
  const isWhole = tags.size >= WHOLE_VOCABULARY;
  const usable = (asked: ReadonlyMap<string, number>): [string, number][] =>
    [...asked].filter(([tag]) => !isWhole || tags.has(tag));
  const probability = (tag: string): number => tags.get(tag) ?? 0;

  const asked = usable(wanted);
  const avoided = usable(unwanted);
  const total = sum(asked.map(([, weight]) => weight));
  const hit = sum(asked.map(([tag, weight]) => weight * probability(tag)));
  const seen = sum([...tags.values()].filter((value) => value >= SEEN));
  const right = sum(asked.map(([tag]) => probability(tag)).filter((value) => value >= SEEN));
  return {
    tags: asked.length,
    recall: total === 0 ? 0 : hit / total,
    unwanted: avoided.length === 0 ? 0 : sum(avoided.map(([tag]) => probability(tag))) / avoided.length,
    precision: seen === 0 ? 0 : right / seen,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
