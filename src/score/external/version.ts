import { createHash } from 'node:crypto';
import type { OutsideSettings } from './settings.ts';

/**
 * `command/1/2.1/3f0c…`: the id with the version of autombw's own part, the user's version where there is one, and a hash of
 * every setting that can change a score. Hashed, because command lines and addresses are long and may hold secrets.
 */
export function outsideVersion(
  id: string,
  { version, min, max, higherIsBetter }: OutsideSettings,
  settings: readonly unknown[],
): string {
  const text = JSON.stringify([version, min ?? null, max ?? null, higherIsBetter, ...settings]);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return [id, ...(version === '' ? [] : [version]), hash].join('/');
}
