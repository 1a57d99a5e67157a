/** What has run, in memory only, the newest last. */
import { asArray } from './prompt-queue.ts';
import type { QueuedPrompt } from './prompt-queue.ts';

export interface ImageName {
  readonly filename: string;
  readonly subfolder: string;
  readonly type: 'output' | 'temp';
}

/** What an output node hands out. */
export interface Ui {
  readonly images: readonly ImageName[];
}

export interface Outcome {
  readonly isSuccess: boolean;
  readonly outputs: ReadonlyMap<string, Ui>;
  readonly messages: readonly (readonly [type: string, data: object])[];
}

const LONGEST = 10_000;

export class History {
  readonly #entries = new Map<string, object>();

  /** A second prompt of the same id takes the place of the first. */
  add(entry: QueuedPrompt, { isSuccess, outputs, messages }: Outcome): void {
    const meta = [...outputs.keys()].map((id) => [
      id,
      { node_id: id, display_node: id, parent_node: null, real_node_id: id },
    ]);
    const status = { status_str: isSuccess ? 'success' : 'error', completed: isSuccess, messages };
    this.#entries.set(entry.id, {
      prompt: asArray(entry),
      outputs: Object.fromEntries(outputs),
      status,
      meta: Object.fromEntries(meta),
    });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > LONGEST && oldest !== undefined) this.#entries.delete(oldest);
  }

  /** By prompt id; `{}` for an unknown one, and for one that waits or runs. */
  get(id: string): Record<string, object> {
    const entry = this.#entries.get(id);
    return entry === undefined ? {} : { [id]: entry };
  }

  /** The newest, at most that many. */
  newest(count: number): Record<string, object> {
    return Object.fromEntries([...this.#entries].slice(Math.max(0, this.#entries.size - count)));
  }

  delete(id: string): void {
    this.#entries.delete(id);
  }

  clear(): void {
    this.#entries.clear();
  }
}
