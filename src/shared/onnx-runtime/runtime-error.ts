/** A runtime that cannot be loaded, as an error for people. */
import { runError, usageError, type AutombwError } from '../errors.ts';
import type { RuntimeTrouble } from './load.ts';

/**
 * Usage error `onnx-runtime-missing` or run error `onnx-runtime-broken`.
 * @param who needs it, as the subject of a sentence
 */
export function runtimeError(
  who: string,
  { at, message }: RuntimeTrouble,
  name = 'onnxruntime-node',
): AutombwError {
  const [words = ''] = message.split('\n');
  if (at === 'no-runtime') {
    return usageError(
      'onnx-runtime-missing',
      `${who} needs the package ${name}, which is not installed. Install it next to autombw, with -g if autombw ` +
        `was installed so: npm install ${name}@1.30 --ignore-scripts`,
    );
  }
  return runError(
    'onnx-runtime-broken',
    `The package ${name} is installed but does not start here (${words}); install it again: npm install ${name}@1.30 --ignore-scripts`,
  );
}
