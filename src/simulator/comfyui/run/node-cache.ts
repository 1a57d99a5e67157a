/** Results of the previous prompt's nodes, found again by what they are made of. */
import { createHash } from 'node:crypto';
import { linkOf } from '../graph/prompt.ts';
import type { Prompt } from '../graph/prompt.ts';
import type { NodeResult } from '../nodes/node.ts';
import { NODE_CLASSES } from '../nodes/registry.ts';

/** A node's class, inputs and ancestors as one text, by node id. */
export type Signatures = ReadonlyMap<string, string>;

export class NodeCache {
  readonly #results = new Map<string, NodeResult>();
  #unique = 0;

  /** Forgets all that this prompt does not contain: what a prompt leaves out, the next has to make again. */
  begin(prompt: Prompt): Signatures {
    const signatures = new Map<string, string>();
    for (const id of Object.keys(prompt)) this.#sign(prompt, id, signatures);
    const needed = new Set(signatures.values());
    for (const signature of this.#results.keys()) {
      if (!needed.has(signature)) this.#results.delete(signature);
    }
    return signatures;
  }

  get(signature: string | undefined): NodeResult | undefined {
    return signature === undefined ? undefined : this.#results.get(signature);
  }

  set(signature: string | undefined, result: NodeResult): void {
    if (signature !== undefined) this.#results.set(signature, result);
  }

  clear(): void {
    this.#results.clear();
  }

  #sign(prompt: Prompt, id: string, signatures: Map<string, string>): string {
    const known = signatures.get(id);
    if (known !== undefined) return known;
    const node = prompt[id];
    if (node === undefined) return 'missing';
    // For graphs that run in a circle: they fail later.
    signatures.set(id, 'circle');
    const inputs = Object.entries(node.inputs)
      // The order of inputs does not count, although one node looks at it: a trap of the real server.
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => {
        const link = linkOf(value);
        // NaN is no JSON; two of them are the same input here.
        if (link === undefined)
          return [name, typeof value === 'number' ? String(value) : JSON.stringify(value)];
        return [name, this.#sign(prompt, link.from, signatures), link.slot];
      });
    const salt = NODE_CLASSES.get(node.class_type)?.alwaysRuns === true ? ++this.#unique : 0;
    const signature = createHash('sha256')
      .update(JSON.stringify([node.class_type, inputs, salt]))
      .digest('hex');
    signatures.set(id, signature);
    return signature;
  }
}
