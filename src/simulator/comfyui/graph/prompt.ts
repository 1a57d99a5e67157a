/** A graph as a client posts it, once it is known to be one. */

export interface PromptNode {
  readonly class_type: string;
  /** Values, and links as `[node id, slot]`. The order is that of the JSON: one node looks at it. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** By node id: any text. */
export type Prompt = Readonly<Record<string, PromptNode>>;

export interface Link {
  readonly from: string;
  readonly slot: number;
}

/** Undefined for a value that is no link. Lists of another length are refused before anything runs. */
export function linkOf(value: unknown): Link | undefined {
  return Array.isArray(value) && value.length === 2
    ? { from: String(value[0]), slot: Number(value[1]) }
    : undefined;
}

/** Ids of the nodes that a node hangs on, in the order of its inputs. */
export function parentsOf(node: PromptNode): string[] {
  return Object.values(node.inputs).flatMap((value) => linkOf(value)?.from ?? []);
}
