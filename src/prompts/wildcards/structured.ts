import type { WildcardValue } from './wildcards.ts';

/**
 * The lists of a JSON or YAML file, each under its name: nested keys joined by `/`; a file that is one list has the
 * file's name. What is neither text nor list nor object is left out.
 * @param data maps as `Map`
 * @throws Error with a sentence about the key, for a weight that is no number
 */
export function readStructured(data: unknown, folder: string, stem: string, file: string): Lists {
  const lists: Lists = new Map();
  const prefix = folder === '' ? '' : `${folder}/`;
  if (Array.isArray(data)) {
    const texts = data.filter((item) => typeof item === 'string');
    if (texts.length > 0) lists.set(`${prefix}${stem}`, readList(texts, `${prefix}${stem}`, file, false));
  } else if (data instanceof Map) {
    collect(data, prefix, 0, file, lists);
  }
  return lists;
}

export type Lists = Map<string, WildcardValue[]>;

/** Deeper than this nobody sorts wildcards. */
const MAX_LEVELS = 100;

function collect(
  data: ReadonlyMap<unknown, unknown>,
  prefix: string,
  level: number,
  file: string,
  lists: Lists,
): void {
  if (level > MAX_LEVELS) throw new Error(`it is nested more than ${MAX_LEVELS} deep`);
  for (const [key, value] of data) {
    if (typeof key !== 'string') continue;
    if (key === '<<') throw new Error('it merges one object into another ("<<"), which is not supported');
    const name = `${prefix}${key}`;
    if (typeof value === 'string' && value !== '') lists.set(name, readList([value], name, file, true));
    else if (Array.isArray(value) && value.length > 0) lists.set(name, readList(value, name, file, true));
    else if (value instanceof Map) collect(value, `${name}/`, level + 1, file, lists);
  }
}

function readList(
  items: readonly unknown[],
  wildcard: string,
  file: string,
  weighted: boolean,
): WildcardValue[] {
  const values: WildcardValue[] = [];
  for (const [i, item] of items.entries()) {
    const read = readItem(item, weighted);
    if (read === undefined) continue;
    if (!(read.weight >= 0 && Number.isFinite(read.weight))) {
      throw new Error(`entry ${i + 1} of "${wildcard}" has a weight that is no number from 0`);
    }
    const name = `wildcard "${wildcard}" (${file}, entry ${i + 1})`;
    values.push({ source: { name, text: read.text }, weight: read.weight });
  }
  return values;
}

/** `red`, `2::red`, or an object with `text` (or `content`) and `weight`. */
function readItem(
  item: unknown,
  weighted: boolean,
): { readonly text: string; readonly weight: number } | undefined {
  if (typeof item === 'string' && item !== '') {
    const at = item.lastIndexOf('::');
    const weight = weighted && at > 0 && /^\d/.test(item) ? pythonFloat(item.slice(0, at)) : Number.NaN;
    return Number.isNaN(weight) ? { text: item, weight: 1 } : { text: item.slice(at + 2), weight };
  }
  if (!(item instanceof Map)) return undefined;
  const text = [item.get('text'), item.get('content')].find(
    (given) => typeof given === 'string' && given !== '',
  );
  if (typeof text !== 'string') return undefined;
  const given: unknown = item.get('weight') ?? 1;
  return { text, weight: typeof given === 'string' ? pythonFloat(given) : Number(given) };
}

function pythonFloat(text: string): number {
  const trimmed = text.trim();
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : Number.NaN;
}
