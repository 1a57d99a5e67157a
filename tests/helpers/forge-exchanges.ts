/** Exchanges with a running Forge, in their order. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const exchangesSchema = z.array(
  z.object({
    request: z.object({ method: z.enum(['GET', 'POST']), path: z.string(), body: z.unknown().optional() }),
    status: z.number(),
    body: z.unknown(),
  }),
);

export type ForgeExchange = z.output<typeof exchangesSchema>[number];

/** A file of tests/fixtures/webui-forge. */
export function forgeExchanges(name: string): ForgeExchange[] {
  const file = new URL(`../fixtures/webui-forge/${name}.json`, import.meta.url);
  return exchangesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** The models of these exchanges; `other` is what was drawn with before. */
export const FORGE_MODELS = {
  modelA: 'f6ee90ed9c79ad01a19abab49b4fff62bb21d04d437333ead516dce37679d0f2',
  modelB: '881b6a6b4170c29c1f0512098fcf79094ccb6e11a63b94c81fec94ac2b924420',
} as const;
