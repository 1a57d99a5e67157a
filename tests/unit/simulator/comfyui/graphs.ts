/** Graphs of the recordings, changed where a test wants another one. */
import { z } from 'zod';
import { transcript } from './recording.ts';

const GraphSchema = z.record(
  z.string(),
  z.object({ class_type: z.string(), inputs: z.record(z.string(), z.unknown()) }),
);
export type Graph = z.infer<typeof GraphSchema>;
export type Inputs = Readonly<Record<string, unknown>>;

/** A and B, merged by ModelMergeSD1 (node 3), sampled (7), decoded (8) and previewed (9): 64x64. */
export function mergeGraph(changes: Readonly<Record<string, Inputs>> = {}): Graph {
  const body = transcript('ws_cold_run').prompt_exchange?.request.body;
  const graph = z.object({ prompt: GraphSchema }).parse(body).prompt;
  graph['7'] = node('KSampler', { ...graph['7']?.inputs, steps: 1 });
  return withInputs(graph, changes);
}

/** The same with a ratio for every input of ModelMergeSD1. */
export function withRatios(ratio: number, but: Inputs = {}): Graph {
  const { inputs } = mergeGraph()['3'] ?? { inputs: {} };
  const all = Object.entries(inputs).map(([name, value]) => [name, Array.isArray(value) ? value : ratio]);
  return mergeGraph({ 3: { ...Object.fromEntries(all), ...but } });
}

/** No merge: the sampler takes the model of one loader, with the text encoder and VAE of loader 1. */
export function plainGraph(model: '1' | '2'): Graph {
  const graph = mergeGraph({ 7: { model: [model, 0] } });
  delete graph['3'];
  if (model === '1') delete graph['2'];
  return graph;
}

/** With another node in place of the merge. */
export function withMerge(className: string, inputs: Inputs): Graph {
  const models = { model1: ['1', 0], model2: ['2', 0] };
  return { ...mergeGraph(), 3: node(className, { ...models, ...inputs }) };
}

export function withInputs(graph: Graph, changes: Readonly<Record<string, Inputs>>): Graph {
  const changed = structuredClone(graph);
  for (const [id, inputs] of Object.entries(changes)) {
    const old = changed[id];
    if (old === undefined) throw new Error(`no node ${id}`);
    changed[id] = { ...old, inputs: { ...old.inputs, ...inputs } };
  }
  return changed;
}

export function node(className: string, inputs: Inputs): Graph[string] {
  return { class_type: className, inputs: { ...inputs } };
}
