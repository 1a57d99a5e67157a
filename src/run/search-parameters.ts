/** The parameters that a configuration searches beside block weights, as far as they are known. */
import { adjustParameters, parametersOfMerges, requireEffect } from '../checkpoints/searched-merge.ts';
import type { SearchConfig } from '../config/schema.ts';
import { otherModels, searchRules } from '../config/search-rules.ts';
import { parametersOfLoras, type Capabilities } from '../renderers/index.ts';
import { usageError } from '../shared/errors.ts';
import {
  lorasAmong,
  searchedParameters,
  type Parameter,
  type SearchedParameter,
} from '../space/parameters.ts';

/**
 * @param capabilities undefined where the way of merging is not known yet
 * @throws usage errors `parameter-unknown`, `parameter-invalid`, `block-unknown`, `model-c`, `config-invalid`
 */
export function parametersToSearch(
  config: SearchConfig,
  capabilities: Capabilities | undefined,
): SearchedParameter[] {
  const { architecture, intervals, modelA, modelB } = config;
  const rules = searchRules(config);
  // Whichever way it is going to be, it knows some of these, with the same numbers.
  const all = (): Parameter[] => [
    ...parametersOfMerges(),
    ...adjustParameters(architecture),
    ...parametersOfLoras(lorasAmong(Object.keys(rules)), architecture),
  ];
  const known = capabilities === undefined ? all() : (capabilities.parameters ?? []);
  const parameters = searchedParameters(rules, known, intervals);
  const names = parameters.map(({ name }) => name);
  requireEffect(names, { architecture, models: 2 + otherModels(config).length });
  // Without a model B there are no block weights either.
  const isStill = modelA === modelB && names.length > 0 && parameters.every(({ low, high }) => low === high);
  if (!isStill) return parameters;
  throw usageError(
    'config-invalid',
    `There is nothing to search: without a model B, at least one of ${names.join(', ')} needs a range, as in --search ${names[0] ?? 'lora:NAME'}=0:1.`,
  );
}
