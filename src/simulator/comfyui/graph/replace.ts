/** Nodes of classes that are gone run as others, as newer servers do it before they validate a prompt. */
import { isObject } from '../json.ts';
import type { ObjectInfo } from '../object-info.ts';
import { InternalServerError } from '../python.ts';

/** As `GET /node_replacements` shows it. */
export interface NodeReplacement {
  readonly old_node_id: string;
  readonly new_node_id: string;
  /** What each input of the new node takes: an input of the old one, or a value. Without a list it gets none at all. */
  readonly input_mapping: readonly InputSource[] | null;
  /** Where the new node has what the old one gave. */
  readonly output_mapping: readonly { readonly old_idx: number; readonly new_idx: number }[] | null;
}

type InputSource =
  | { readonly new_id: string; readonly old_id: string }
  | { readonly new_id: string; readonly set_value: unknown };

/**
 * Works on prompts of any shape; what it does not understand is left to the validation.
 * @throws InternalServerError for a node to be replaced that lacks `_meta`, or an input that is taken over
 */
export function replaceNodes(
  given: unknown,
  info: ObjectInfo,
  replacements: readonly NodeReplacement[],
): unknown {
  if (!isObject(given) || replacements.length === 0) return given;
  const found = new Map<string, NodeReplacement>();
  for (const [id, node] of Object.entries(given)) {
    if (!isObject(node) || info.has(String(node['class_type']))) continue;
    const replacement = replacements.find(({ old_node_id: old }) => old === node['class_type']);
    if (replacement !== undefined && info.has(replacement.new_node_id)) found.set(id, replacement);
  }
  return Object.fromEntries(
    Object.entries(given).map(([id, node]) => {
      const replacement = found.get(id);
      if (!isObject(node)) return [id, node];
      const relinked = { ...node, inputs: relink(node['inputs'], found) };
      return [id, replacement === undefined ? relinked : replaced(relinked, replacement)];
    }),
  );
}

function replaced(
  node: Readonly<Record<string, unknown>>,
  { new_node_id: name, input_mapping: mapping }: NodeReplacement,
): object {
  const { inputs, _meta: meta } = node;
  if (!isObject(meta) || !isObject(inputs)) throw new InternalServerError();
  const sources = (mapping ?? []).map((source) => {
    if ('set_value' in source) return [source.new_id, source.set_value] as const;
    if (!(source.old_id in inputs)) throw new InternalServerError();
    return [source.new_id, inputs[source.old_id]] as const;
  });
  return { ...node, class_type: name, inputs: Object.fromEntries(sources) };
}

/** Links to a replaced node, to the slots of the new one. */
function relink(inputs: unknown, found: ReadonlyMap<string, NodeReplacement>): unknown {
  if (!isObject(inputs)) return inputs;
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      if (!Array.isArray(value) || value.length !== 2) return [name, value];
      const [id, slot] = value as unknown[];
      const moved = found.get(String(id))?.output_mapping?.find(({ old_idx: old }) => old === slot);
      return [name, moved === undefined ? value : [id, moved.new_idx]];
    }),
  );
}
