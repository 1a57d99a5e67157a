/** What waits: a heap by number, shown to clients as it lies in memory. */
import type { Prompt } from '../graph/prompt.ts';

export interface QueuedPrompt {
  /** Smaller runs earlier; negative ones were put in front. */
  readonly number: number;
  readonly id: string;
  readonly prompt: Prompt;
  readonly extraData: Readonly<Record<string, unknown>>;
  readonly outputs: readonly string[];
}

/** As clients see it. */
export function asArray({ number, id, prompt, extraData, outputs }: QueuedPrompt): readonly unknown[] {
  return [number, id, prompt, extraData, outputs];
}

export class PromptQueue {
  #heap: QueuedPrompt[] = [];
  running: QueuedPrompt | null = null;

  /** Running ones count. */
  get remaining(): number {
    return this.#heap.length + (this.running === null ? 0 : 1);
  }

  push(entry: QueuedPrompt): void {
    this.#heap.push(entry);
    rise(this.#heap, this.#heap.length - 1);
  }

  /** Takes the smallest and makes it the running one. */
  next(): QueuedPrompt | undefined {
    const last = this.#heap.pop();
    const [first] = this.#heap;
    if (last !== undefined && first !== undefined) {
      this.#heap[0] = last;
      sink(this.#heap, 0);
    }
    const entry = first ?? last;
    this.running = entry ?? null;
    return entry;
  }

  /** Was one of that id waiting? */
  delete(id: string): boolean {
    const kept = this.#heap.filter((entry) => entry.id !== id);
    const isThere = kept.length < this.#heap.length;
    if (!isThere) return false;
    this.#heap = kept;
    for (let i = kept.length >> 1; i >= 0; i--) sink(kept, i);
    return true;
  }

  clear(): void {
    this.#heap = [];
  }

  list(): { readonly queue_running: unknown[]; readonly queue_pending: unknown[] } {
    return {
      queue_running: this.running === null ? [] : [asArray(this.running)],
      queue_pending: this.#heap.map(asArray),
    };
  }
}

function rise(heap: QueuedPrompt[], from: number): void {
  for (let i = from; i > 0;) {
    const parent = (i - 1) >> 1;
    if (!swapIfSmaller(heap, i, parent)) return;
    i = parent;
  }
}

function sink(heap: QueuedPrompt[], from: number): void {
  for (let i = from; ;) {
    const left = 2 * i + 1;
    const child = numberAt(heap, left + 1) < numberAt(heap, left) ? left + 1 : left;
    if (!swapIfSmaller(heap, child, i)) return;
    i = child;
  }
}

function swapIfSmaller(heap: QueuedPrompt[], below: number, above: number): boolean {
  const [lower, upper] = [heap[below], heap[above]];
  if (lower === undefined || upper === undefined || lower.number >= upper.number) return false;
  heap[below] = upper;
  heap[above] = lower;
  return true;
}

function numberAt(heap: readonly QueuedPrompt[], index: number): number {
  return heap[index]?.number ?? Infinity;
}
