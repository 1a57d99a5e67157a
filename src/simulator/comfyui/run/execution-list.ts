/** Which node comes next: of those that are ready, the one that was found first, walking up from the outputs. */
import { parentsOf } from '../graph/prompt.ts';
import type { Prompt } from '../graph/prompt.ts';

export class ExecutionList {
  /** Parents that have not run yet, by node id. */
  readonly #open = new Map<string, Set<string>>();

  /** Cached nodes hide their ancestors, but an output that is cached still takes its turn. */
  constructor(prompt: Prompt, outputs: readonly string[], isCached: (id: string) => boolean) {
    for (const output of outputs) {
      const stack = [output];
      for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
        const node = prompt[id];
        if (node === undefined || this.#open.has(id)) continue;
        const parents = isCached(id) ? [] : parentsOf(node).filter((parent) => !isCached(parent));
        this.#open.set(id, new Set(parents));
        stack.push(...parents);
      }
    }
  }

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** Undefined when nothing is ready: the rest runs in a circle. */
  next(): string | undefined {
    for (const [id, parents] of this.#open) if (parents.size === 0) return id;
    return undefined;
  }

  finish(id: string): void {
    this.#open.delete(id);
    for (const parents of this.#open.values()) parents.delete(id);
  }
}
