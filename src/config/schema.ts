/**
 * Every option of a search, once: the types, defaults, help lines, config file and published JSON Schema all come
 * from options/. `npm run schema` writes search.schema.json, which the command line reads its options from, so that
 * `--help` need not load zod.
 */
import { z } from 'zod';
import { chainOptions, namedByLines } from './options/chain.ts';
import { modelsOptions } from './options/models.ts';
import { outputOptions } from './options/output.ts';
import { queueOptions } from './options/queue.ts';
import { scoreOptions } from './options/score.ts';
import { searchOptions } from './options/search.ts';
import { serverOptions } from './options/server.ts';
import { spaceOptions } from './options/space.ts';
import { stopOptions } from './options/stop.ts';
import { unattendedOptions } from './options/unattended.ts';

const searchShape = {
  ...modelsOptions,
  ...serverOptions,
  ...queueOptions,
  ...searchOptions,
  ...spaceOptions,
  ...scoreOptions,
  ...stopOptions,
  ...outputOptions,
  ...unattendedOptions,
};

/** One search: a pair of models, one pass. */
export const searchConfigSchema = z.strictObject({ $schema: z.string().optional(), ...searchShape });

/** What a config file and the command line may say: one search, or several that follow one another. */
export const chainConfigSchema = z.strictObject({
  $schema: z.string().optional(),
  ...searchShape,
  ...namedByLines,
  ...chainOptions,
});

/** Its own options alone: the others are checked with each of its searches. */
export const chainOnlySchema = z.looseObject(chainOptions);

/** What a user may give. */
export type RawSearchConfig = z.input<typeof searchConfigSchema>;
/** What the core receives: every default filled in, frozen. */
export type SearchConfig = Readonly<z.output<typeof searchConfigSchema>>;

/** The options that must not reach any file. */
export const SECRET_KEYS = [
  'webuiAuth',
  'gradioAuth',
  'queue',
  'onEvent',
] as const satisfies readonly (keyof SearchConfig)[];

/** JSON Schema (draft 2020-12) of the config file, for editors; `flag…` facts stand beside each property. */
export function searchJsonSchema(): unknown {
  return {
    title: 'autombw search configuration',
    ...z.toJSONSchema(chainConfigSchema, { io: 'input' }),
  };
}
