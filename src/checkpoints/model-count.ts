/** Has a method as many models as it takes? */
import { usageError } from '../shared/errors.ts';
import { MODEL_LETTERS } from './metadata.ts';
import type { MergeMethod } from './methods/method.ts';
import { mergeMethod, mergeMethodNames } from './methods/registry.ts';

/** @param others behind A and B; @throws usage error `model-c` */
export function requireCount(
  { name, description, models: { least, most } }: MergeMethod,
  others: readonly string[],
): void {
  const count = 2 + others.length;
  const letters = MODEL_LETTERS.map((letter) => letter.toUpperCase());
  if (count < least) {
    throw usageError(
      'model-c',
      `The method ${name} is ${description}: also give model ${letters[count] ?? ''}.`,
    );
  }
  if (count <= most) return;
  const first = letters[most];
  throw usageError(
    'model-c',
    first === undefined
      ? `The method ${name} takes at most ${most} models, not ${count}.`
      : `The method ${name} takes no model ${first} (${others[most - 2] ?? ''}); leave it out, or choose a method that does: ${methodsThatTake(count).join(', ')}.`,
  );
}

function methodsThatTake(count: number): string[] {
  return mergeMethodNames().filter((name) => {
    const { least, most } = mergeMethod(name).models;
    return count >= least && count <= most;
  });
}
