import { usageError } from '../../../shared/errors.ts';
import { bayesianMerger } from './bayesian-merger.ts';
import type { ExtensionFactory } from './extension.ts';
import { loraBlockWeight } from './lora-block-weight.ts';
import { modelMixer } from './model-mixer.ts';
import { runtimeBlockMerge } from './runtime-block-merge.ts';
import { wd14Tagger } from './wd14-tagger.ts';

/** The extensions that can be installed, in the order in which their scripts run. */
const EXTENSIONS: ReadonlyMap<string, ExtensionFactory> = new Map([
  ['bayesian-merger', bayesianMerger],
  ['lora-block-weight', loraBlockWeight],
  ['model-mixer', modelMixer],
  ['runtime-block-merge', runtimeBlockMerge],
  ['wd14-tagger', wd14Tagger],
]);

/** What can be installed on a simulated A1111 WebUI. */
export const EXTENSION_NAMES: readonly string[] = [...EXTENSIONS.keys()];

/** @throws usage error `simulator-extensions` */
export function extensionsNamed(names: readonly string[]): readonly ExtensionFactory[] {
  const unknown = names.find((name) => !EXTENSIONS.has(name));
  if (unknown !== undefined) {
    throw usageError(
      'simulator-extensions',
      `The simulator has no extension "${unknown}"; the choice is ${EXTENSION_NAMES.join(', ')}.`,
    );
  }
  return [...EXTENSIONS].filter(([name]) => names.includes(name)).map(([, create]) => create);
}
