import history from './history-10b.json' with { type: 'json' };
import { parseLandscape } from './landscape.ts';
import type { Landscape } from './landscape.ts';

export { gainAt, parseLandscape, scoreAt, truthAt } from './landscape.ts';
export type { Landscape } from './landscape.ts';

let builtin: Landscape | undefined;

/** The landscape that comes with the package: fitted to the published search history "10b". */
export function builtinLandscape(): Landscape {
  builtin ??= parseLandscape(history);
  return builtin;
}
