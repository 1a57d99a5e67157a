/** A prompt of ComfyUI in its API format: nodes by id, which are linked through their inputs. */
export interface GraphNode {
  readonly class_type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** A server that replaces a node of an old class reads its title here, and fails at a node without one. */
  readonly _meta?: { readonly title: string };
}
export type Graph = Readonly<Record<string, GraphNode>>;

/** Node id and output slot. */
export type Link = readonly [string, number];

/**
 * Nodes of the user's own file by id, each with the values that the search decides in it: the merged model, the seed,
 * the prompt. ComfyUI may run such a node as one of a newer class, as long as these go into it.
 */
export type ForeignNodes = ReadonlyMap<string, readonly unknown[]>;

/**
 * Does the server have the prompt that was sent? Nodes may come in another order and with more fields, and values
 * converted to the type of their input.
 * @returns undefined when it is another prompt, else the classes that the server put in place of others
 */
export function replacementsIn(
  sent: Graph,
  had: Graph,
  foreign: ForeignNodes = new Map(),
): ReadonlyMap<string, string> | undefined {
  const ids = Object.keys(sent);
  if (ids.length !== Object.keys(had).length) return undefined;
  const replaced = new Set(
    ids.filter((id) => foreign.has(id) && sent[id]?.class_type !== had[id]?.class_type),
  );
  const same = ids.every((id) => {
    const [one, other] = [sent[id], had[id]];
    if (one === undefined || other === undefined) return false;
    const rules = { converts: foreign.has(id), replaced };
    if (replaced.has(id))
      return (foreign.get(id) ?? []).every((value) => isAmong(value, other.inputs, rules));
    return one.class_type === other.class_type && isSame(one.inputs, other.inputs, rules);
  });
  if (!same) return undefined;
  return new Map([...replaced].map((id) => [sent[id]?.class_type ?? '', had[id]?.class_type ?? '']));
}

interface Rules {
  /** Values of the user's nodes may have any type; ours are sent as their inputs take them. */
  readonly converts: boolean;
  /** Whatever hangs on one of these may take the same thing from another slot of it. */
  readonly replaced: ReadonlySet<string>;
}

function isAmong(value: unknown, inputs: GraphNode['inputs'], rules: Rules): boolean {
  return Object.values(inputs).some((one) => isSame(value, one, rules));
}

function isSame(one: unknown, other: unknown, rules: Rules): boolean {
  if (rules.converts && isObject(one) && '__value__' in one) return isSame(one['__value__'], other, rules);
  if (!isObject(one) || !isObject(other)) {
    return one === other || isNumberAsText(one, other) || (rules.converts && isConverted(one, other));
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [target, slot] = [Reflect.get(one, 0), Reflect.get(one, 1)];
  if (typeof target === 'string' && typeof slot === 'number' && rules.replaced.has(target)) {
    return Reflect.get(other, 0) === target;
  }
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSame(one[key], other[key], rules))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isNumberAsText(one: unknown, other: unknown): boolean {
  if (typeof one === 'string' && typeof other === 'number') return one.trim() !== '' && Number(one) === other;
  return typeof one === 'number' && typeof other === 'string' && String(one) === other;
}

/** 1 of 1.9 and of true, true of 1 and of "yes". */
function isConverted(one: unknown, other: unknown): boolean {
  if (typeof other === 'boolean') return Boolean(one) === other;
  if (typeof other === 'string') return String(one).toLowerCase() === other.toLowerCase();
  if (typeof other !== 'number') return false;
  return (typeof one === 'number' || typeof one === 'boolean') && Math.trunc(Number(one)) === other;
}
