/**
 * Which blocks a file of a transformer has, and the id that says so: `flux1` for the usual ones, `flux1:double_blocks=8,-guidance_in,+extra`
 * where a file differs. The id alone gives the blocks, in a journal as well, when the file is gone.
 */
import { TRANSFORMER_FAMILIES } from './families.ts';
import type { BlockGroup, TransformerFamily } from './family.ts';

export interface BlockLayout {
  readonly family: TransformerFamily;
  /** Blocks of each group, in the order of the family's groups. */
  readonly counts: readonly number[];
  /** Each a block of its own: those of the family first, in its order. */
  readonly parts: readonly string[];
}

/** A part that a name of a block can stand for; what is called otherwise stays model A's. */
const PART = /^[a-z_][\w.]*$/;
/** No file of a model has more; a longer list makes an id that nobody can use. */
const MOST_UNKNOWN = 40;
const MOST_BLOCKS = 999;

/** @param keys of the network, without prefix */
export function layoutOf(family: TransformerFamily, keys: Iterable<string>): BlockLayout {
  const numbers = family.groups.map(() => new Set<number>());
  const parts = new Set<string>();
  for (const key of keys) {
    const place = placeOf(family, key);
    if (place === undefined) continue;
    if (place.part !== undefined) parts.add(place.part);
    else numbers[place.group]?.add(place.number);
  }
  const counts = numbers.map((found) => {
    let count = 0;
    while (count < MOST_BLOCKS && found.has(count)) count++;
    return count;
  });
  // Behind a gap there are no rows of neighbours any more.
  for (const [group, found] of numbers.entries()) {
    for (const number of found) {
      if (number >= (counts[group] ?? 0)) parts.add(`${family.groups[group]?.start ?? ''}${number}`);
    }
  }
  return { family, counts, parts: inOrder(family, parts) };
}

function inOrder(family: TransformerFamily, found: ReadonlySet<string>): string[] {
  const unknown = [...found].filter((part) => !family.parts.includes(part) && PART.test(part));
  return [
    ...family.parts.filter((part) => found.has(part)),
    ...unknown.toSorted((x, y) => (x < y ? -1 : 1)).slice(0, MOST_UNKNOWN),
  ];
}

type Place =
  { readonly part: string } | { readonly part?: undefined; readonly group: number; readonly number: number };

/** Say how the model is to be used: `__x0__`; that its weights are codes with scales. They are no part of the network. */
const MARKER = /^(__\w+__|scaled_fp8)$/;

/** Undefined for what is ignored. */
function placeOf(family: TransformerFamily, key: string): Place | undefined {
  if (MARKER.test(key) || family.ignored?.test(key) === true) return undefined;
  for (const [group, { start }] of family.groups.entries()) {
    const number = key.startsWith(start) ? /^(\d{1,4})\./.exec(key.slice(start.length))?.[1] : undefined;
    if (number !== undefined) return { group, number: Number(number) };
  }
  const part = family.parts
    .filter((name) => key === name || key.startsWith(`${name}.`))
    .toSorted((x, y) => y.length - x.length)[0];
  return { part: part ?? key.split('.', 1)[0] ?? key };
}

/** @param key without prefix. @returns a block of the layout; undefined for what belongs to none */
export function blockOfKey(
  layout: BlockLayout,
  blocks: ReadonlySet<string>,
  key: string,
): string | undefined {
  const place = placeOf(layout.family, key);
  if (place === undefined) return undefined;
  const name = place.part ?? `${layout.family.groups[place.group]?.start ?? ''}${place.number}`;
  return blocks.has(name) ? name : undefined;
}

/** Names of the numbered blocks, group by group. */
export function numberedBlocks({ family, counts }: BlockLayout): string[][] {
  return family.groups.map(({ start }, group) =>
    Array.from({ length: counts[group] ?? 0 }, (_, number) => `${start}${number}`),
  );
}

/** "19 double_blocks and 38 single_blocks" */
export function countsInWords({ family, counts }: BlockLayout): string {
  return family.groups.map((group, i) => `${counts[i] ?? 0} ${nameOf(group)}`).join(' and ');
}

function nameOf({ start }: BlockGroup): string {
  return start.replace(/\.$/, '');
}

export function idOf({ family, counts, parts }: BlockLayout): string {
  const items = [
    ...family.groups.flatMap((group, i) =>
      counts[i] === group.usual ? [] : [`${nameOf(group)}=${counts[i] ?? 0}`],
    ),
    ...family.parts.filter((part) => !parts.includes(part)).map((part) => `-${part}`),
    ...parts.filter((part) => !family.parts.includes(part)).map((part) => `+${part}`),
  ];
  return items.length === 0 ? family.id : `${family.id}:${items.join(',')}`;
}

/** Undefined for what is no id of a layout. */
export function parseLayout(id: string): BlockLayout | undefined {
  const [, name = id, list] = /^([^:]*):(.+)$/s.exec(id) ?? [];
  const family = TRANSFORMER_FAMILIES.find((one) => one.id === name);
  if (family === undefined) return undefined;
  const counts = family.groups.map(({ usual }) => usual);
  const parts = new Set(family.parts);
  for (const item of list?.split(',') ?? []) {
    const [, sign, part = ''] = /^([-+])(.+)$/.exec(item) ?? [];
    const [, group, count] = /^([\w.]+)=(\d{1,3})$/.exec(item) ?? [];
    const index = family.groups.findIndex((one) => nameOf(one) === group);
    if (sign === undefined && (index === -1 || count === undefined)) return undefined;
    if (sign === undefined) counts[index] = Number(count);
    else if (!PART.test(part)) return undefined;
    else if (sign === '+') parts.add(part);
    else parts.delete(part);
  }
  const layout = { family, counts, parts: inOrder(family, parts) };
  // One layout has one id: files with equal blocks are found equal.
  return idOf(layout) === id ? layout : undefined;
}
