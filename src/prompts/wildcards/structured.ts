import type { WildcardValue } from './wildcards.ts';

/**
 * The lists of a JSON or YAML file, each under its name: nested keys joined by `/`; a file that is one list has the
 * file's name.
 * @param data of texts, lists, and maps as `Map`
 * @throws Error with a sentence about the key, for a weight that is no number
 */
export function readStructured(data: unknown, folder: string, stem: string, file: string): Read {
  const lists: Lists = new Map();
  const left: string[] = [];
  const prefix = folder === '' ? '' : `${folder}/`;
  if (Array.isArray(data)) {
    const name = `${prefix}${stem}`;
    const values = readList(data, { name, file, weighted: false }, left);
    if (values.length > 0) lists.set(name, values);
  } else if (data instanceof Map) {
    collect(data, { prefix, level: 0, file }, lists, left);
  }
  return { lists, left };
}

type Lists = Map<string, WildcardValue[]>;

export interface Read {
  readonly lists: Lists;
  /** What was left out, each as the end of a sentence: `entry 3 of "colours", which is empty`. */
  readonly left: readonly string[];
}

/** Deeper than this nobody sorts wildcards. */
const MAX_LEVELS = 100;

interface Level {
  readonly prefix: string;
  readonly level: number;
  readonly file: string;
}

function collect(
  data: ReadonlyMap<unknown, unknown>,
  { prefix, level, file }: Level,
  lists: Lists,
  left: string[],
): void {
  if (level > MAX_LEVELS) throw new Error(`it is nested more than ${MAX_LEVELS} deep`);
  for (const [key, value] of data) {
    if (typeof key !== 'string') {
      left.push('a list whose name is not text');
      continue;
    }
    const name = `${prefix}${key}`;
    if (value instanceof Map) collect(value, { prefix: `${name}/`, level: level + 1, file }, lists, left);
    // Nothing stands there: a list that is still to be written.
    else if (value !== '' && value !== null) {
      const items: readonly unknown[] = Array.isArray(value) ? value : [value];
      const values = readList(items, { name, file, weighted: true }, left);
      if (values.length > 0) lists.set(name, values);
    }
  }
}

interface List {
  readonly name: string;
  readonly file: string;
  /** Of a text, what stands before `::` is its weight. */
  readonly weighted: boolean;
}

function readList(items: readonly unknown[], list: List, left: string[]): WildcardValue[] {
  const values: WildcardValue[] = [];
  for (const [i, item] of items.entries()) {
    const read = readItem(item, list.weighted);
    if (read === undefined) {
      left.push(`entry ${i + 1} of "${list.name}", which ${kindOf(item)}`);
      continue;
    }
    if (!(read.weight >= 0 && Number.isFinite(read.weight))) {
      throw new Error(`entry ${i + 1} of "${list.name}" has a weight that is not a number of 0 or more`);
    }
    const name = `wildcard "${list.name}" (${list.file}, entry ${i + 1})`;
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

function kindOf(item: unknown): string {
  if (item === null) return 'is null';
  if (Array.isArray(item)) return 'is a list';
  return item instanceof Map ? 'is an object without a text' : 'is empty';
}

function pythonFloat(text: string): number {
  const trimmed = text.trim();
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : Number.NaN;
}
