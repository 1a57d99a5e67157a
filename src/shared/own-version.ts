/** Which version of autombw this is. */
import { readFileSync } from 'node:fs';

/** The version of this package; `unknown` where its package.json was taken away. */
export function ownVersion(): string {
  const file: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof file === 'object' && file !== null && 'version' in file ? String(file.version) : 'unknown';
}
