/** A prompt of ComfyUI in its API format: nodes by id, which are linked through their inputs. */
export interface GraphNode {
  readonly class_type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}
export type Graph = Readonly<Record<string, GraphNode>>;

/** Node id and output slot. */
export type Link = readonly [string, number];

/**
 * Does the server have the prompt that was sent? Nodes may come in another order and with more fields, and a number
 * that was sent as text comes back as a number.
 */
export function isSameGraph(sent: Graph, had: Graph): boolean {
  const ids = Object.keys(sent);
  if (ids.length !== Object.keys(had).length) return false;
  return ids.every((id) => {
    const [one, other] = [sent[id], had[id]];
    return (
      one !== undefined &&
      other !== undefined &&
      one.class_type === other.class_type &&
      isSame(one.inputs, other.inputs)
    );
  });
}

function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return one === other || isConverted(one, other);
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => key in other && isSame(Reflect.get(one, key), Reflect.get(other, key)))
  );
}

function isConverted(one: unknown, other: unknown): boolean {
  if (typeof one === 'string' && typeof other === 'number') return one.trim() !== '' && Number(one) === other;
  return typeof one === 'number' && typeof other === 'string' && String(one) === other;
}
