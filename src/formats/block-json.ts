/** Weights by block as JSON, `{ "double_blocks.0": 0.3, … }`: the recipe of families of which no tool writes bare lists. */
import { z } from 'zod';
import { parseJson } from '../shared/parse-json.ts';
import type { BlockWeights } from '../space/blocks.ts';

/** Names or patterns, as a merge takes them. */
const blocksSchema = z.record(z.string(), z.number());

export function formatBlockJson(weights: BlockWeights): string {
  return `${JSON.stringify(weights, null, 2)}\n`;
}

/** @returns undefined for everything else */
export function parseBlockJson(text: string): Readonly<Record<string, number>> | undefined {
  return blocksSchema.safeParse(parseJson(text)).data;
}
