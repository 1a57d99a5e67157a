/** Checks a prompt against the nodes of a server as ComfyUI itself does before it queues one. */
import type { Graph } from '../../../../src/renderers/comfyui/graph/graph.ts';
import type { NodeInfo } from '../../../../src/renderers/comfyui/schemas.ts';

/** Everything that the server would refuse, as sentences. */
export function problemsOf(graph: Graph, nodes: Readonly<Record<string, NodeInfo>>): string[] {
  return Object.entries(graph).flatMap(([id, { class_type: name, inputs }]) => {
    const info = nodes[name];
    if (info === undefined) return [`${id}: no node ${name}`];
    const known = { ...info.input.optional, ...info.input.required };
    return [
      ...Object.keys(info.input.required)
        .filter((input) => !(input in inputs))
        .map((input) => `${id}: ${input} is missing`),
      ...Object.entries(inputs).flatMap(([input, value]) =>
        problemOf(`${id}.${input}`, value, known[input], graph),
      ),
    ];
  });
}

function problemOf(
  where: string,
  value: unknown,
  spec: readonly unknown[] | undefined,
  graph: Graph,
): string[] {
  if (spec === undefined) return [`${where}: unknown input`];
  const [type, limits] = spec;
  if (Array.isArray(type))
    return type.includes(value) ? [] : [`${where}: ${String(value)} is not in the list`];
  if (type === 'STRING') return typeof value === 'string' ? [] : [`${where}: no text`];
  if (type === 'INT' || type === 'FLOAT') {
    if (typeof value !== 'number' || Number.isNaN(value)) return [`${where}: no number`];
    if (type === 'INT' && !Number.isInteger(value)) return [`${where}: ${value} is not whole`];
    const { min = -Infinity, max = Infinity } = Object(limits);
    return value < min || value > max ? [`${where}: ${value} is not within ${min} to ${max}`] : [];
  }
  const isLink = Array.isArray(value) && value.length === 2 && String(value[0]) in graph;
  return isLink ? [] : [`${where}: no link`];
}
