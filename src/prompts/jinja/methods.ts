import { isList, isMap, textOf, type Callable, type Value } from './values.ts';

type Method = (args: readonly Value[]) => Value;

/** Methods of texts, lists and dictionaries, by Python's names; undefined for all others. */
export function methodOf(target: Value, name: string): Value {
  const run =
    typeof target === 'string'
      ? textMethod(target, name)
      : isMap(target)
        ? mapMethod(target, name)
        : undefined;
  if (run !== undefined) return callable(run);
  if (!isList(target)) return undefined;
  if (name === 'count') return callable(([what]) => target.filter((item) => item === what).length);
  return name === 'index' ? callable(([what]) => target.indexOf(what)) : undefined;
}

function callable(run: Method): Callable {
  return { call: (args) => run(args) };
}

function textMethod(text: string, name: string): Method | undefined {
  switch (name) {
    case 'upper':
      return () => text.toUpperCase();
    case 'lower':
      return () => text.toLowerCase();
    case 'title':
      return () => titled(text);
    case 'capitalize':
      return () => capitalized(text);
    case 'strip':
      return () => text.trim();
    case 'lstrip':
      return () => text.trimStart();
    case 'rstrip':
      return () => text.trimEnd();
    case 'startswith':
      return ([start]) => text.startsWith(textOf(start));
    case 'endswith':
      return ([end]) => text.endsWith(textOf(end));
    case 'split':
      return ([by]) => (by === undefined ? text.trim().split(/\s+/) : text.split(separator(by)));
    case 'join':
      return ([list]) => listOf(list).map(textOf).join(text);
    case 'replace':
      return ([from, to]) => text.replaceAll(separator(from), () => textOf(to));
    case 'count':
      return ([what]) => text.split(separator(what)).length - 1;
    case 'find':
      return ([what]) => text.indexOf(textOf(what));
    default:
      return undefined;
  }
}

function mapMethod(map: ReadonlyMap<string, Value>, name: string): Method | undefined {
  switch (name) {
    case 'items':
      return () => [...map].map(([key, value]) => [key, value]);
    case 'keys':
      return () => [...map.keys()];
    case 'values':
      return () => [...map.values()];
    case 'get':
      return ([key, fallback]) => map.get(textOf(key)) ?? fallback ?? null;
    default:
      return undefined;
  }
}

export function titled(text: string): string {
  return text.toLowerCase().replaceAll(/\p{L}+/gu, (word) => word.charAt(0).toUpperCase() + word.slice(1));
}

export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
}

/** @throws TypeError for what is no list */
export function listOf(value: Value): readonly Value[] {
  if (isList(value)) return value;
  throw new TypeError(`a list is needed, not ${textOf(value) || 'nothing'}`);
}

function separator(value: Value): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new TypeError('a text to look for is needed');
}
