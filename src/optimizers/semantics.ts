import { usageError } from '../shared/errors.ts';
import { describeOptimizers } from './registry.ts';

/** `fixed`: the algorithm as it is meant; `compat`: as the Python tool ran it, to explain old logs. */
export type Semantics = 'fixed' | 'compat';

/**
 * The options with the semantics that were asked for.
 * @throws usage error `optimizer-option` for `compat` where there is nothing to be compatible with
 */
export function withSemantics(
  name: string,
  options: Readonly<Record<string, unknown>>,
  semantics: Semantics,
): Readonly<Record<string, unknown>> {
  if (semantics === 'fixed') return options;
  const able = describeOptimizers().filter((one) =>
    one.options.some((option) => option.name === 'semantics'),
  );
  if (able.some((one) => one.name === name || one.pythonClass === name)) return { ...options, semantics };
  throw usageError(
    'optimizer-option',
    `${name} has no "compat" mode; it is available for ${able.map((one) => one.name).join(', ')}.`,
  );
}
