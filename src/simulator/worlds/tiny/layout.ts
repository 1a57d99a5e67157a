import type { StateDict } from '../../models/state-dict.ts';
import type { Graphs } from './graphs.ts';
import { GRAPHS } from './protocol.ts';
import type { GraphEnd, GraphName } from './protocol.ts';

/** Names that torch gives before it stops counting them one by one: enough for a person. */
const MOST_NAMES = 3;

/** What torch says of a model that does not fit; undefined when it does. @param parts that it is to have */
export function layoutIssue(
  model: StateDict,
  graphs: Pick<Graphs, 'inputsOf'>,
  parts: readonly GraphName[] = GRAPHS,
): string | undefined {
  const weights = parts.flatMap((graph) => graphs.inputsOf(graph)).filter(isWeight);
  const missing = weights.filter(({ name }) => !model.has(name)).map(({ name }) => `"${name}"`);
  const unlike = weights.flatMap(({ name, shape }) => {
    const found = model.get(name)?.shape;
    if (found === undefined || found.join() === shape.join()) return [];
    return `size mismatch for ${name}: copying a param with shape torch.Size([${found.join(', ')}]) from checkpoint, the shape in current model is torch.Size([${shape.join(', ')}]).`;
  });
  const issues = [
    ...(missing.length === 0 ? [] : [`Missing key(s) in state_dict: ${few(missing).join(', ')}. `]),
    ...few(unlike),
  ];
  if (issues.length === 0) return undefined;
  return `Error(s) in loading state_dict for LatentDiffusion:\n\t${issues.join('\n\t')}`;
}

/** Inputs of the graphs that no checkpoint holds have plain names. */
function isWeight({ name }: GraphEnd): boolean {
  return name.includes('.');
}

function few(names: readonly string[]): readonly string[] {
  return names.slice(0, MOST_NAMES);
}
