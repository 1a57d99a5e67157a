import type { Means } from '../drawing.ts';
import type { Source } from '../grammar/ast.ts';

export async function renderJinja(source: Source, count: number, means: Means): Promise<string[]> {
  return Promise.resolve([source.text, String(count), String(means.ignoreWhitespace)]);
}
