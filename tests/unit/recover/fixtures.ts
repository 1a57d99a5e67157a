/** The log fixtures, and the real histories that they were written from. */
import { readFileSync } from 'node:fs';
import { readHistoryCsv } from '../../../src/formats/history-csv.ts';
import { decodeLogBytes } from '../../../src/recover/decode.ts';
import type { LoggedIteration } from './python-log.ts';

export const fixtures = new URL('../../fixtures/', import.meta.url);
export const HISTORIES = {
  b208: '208b-AstolfoMix-205b_206b-0-2024-01-10-07-25AM-40.csv',
  b18: '18b-AstolfoMix-15b16b-0-2023-11-23-03-40AM-32.csv',
  b206: '206b-AstolfoMix-201b_202b-0-2024-01-09-01-19AM-30.csv',
} as const;

export function fixture(name: string): string {
  return decodeLogBytes(readFileSync(new URL(`logs/${name}`, fixtures)));
}

/** What the tool's console shows of a history: repeats out of its memory print nothing. */
export async function iterationsOf(file: string): Promise<LoggedIteration[]> {
  const rows = await readHistoryCsv(readFileSync(new URL(`astolfomix/histories/${file}`, fixtures), 'utf8'));
  const seen = new Set<string>();
  return rows.flatMap(({ weights, score }) => {
    const key = JSON.stringify(weights);
    if (seen.has(key) || score === null) return [];
    seen.add(key);
    return [{ weights, score }];
  });
}
