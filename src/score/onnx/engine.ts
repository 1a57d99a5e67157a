import { GraphProcess } from './graph-process.ts';
import type { Feeds, GraphEnd } from './protocol.ts';

/** A graph in use. Scorers that read the same file share one, and what it has made of an image or a text. */
export interface SharedGraph {
  readonly file: string;
  readonly inputs: readonly GraphEnd[];
  readonly outputs: readonly GraphEnd[];
  /** Of its process, while there is one. */
  readonly pid: number | undefined;
  /** Times that it has been computed. */
  readonly passes: number;
  /**
   * The output for these feeds; computed once per subject and key.
   * @param subject what the feeds are made of: it is remembered as long as this object lives
   * @throws run error `onnx-run-failed` or `onnx-process-lost`
   */
  compute(
    subject: object,
    key: string,
    feeds: () => Feeds,
    output: string,
    signal: AbortSignal,
  ): Promise<Float32Array>;
  /** The last one to give it back ends its process. */
  release(): Promise<void>;
}

type Memo = WeakMap<object, Map<string, Promise<Float32Array>>>;

interface Entry {
  readonly graph: GraphProcess;
  readonly memo: Memo;
  readonly loading: Promise<void>;
  users: number;
}

/** The graphs of this process, one child process each, for as long as somebody uses them. */
export class OnnxEngine {
  readonly #entries = new Map<string, Entry>();
  readonly #runtime: string;

  constructor(runtime = 'onnxruntime-node') {
    this.#runtime = runtime;
  }

  /** @throws usage error `onnx-runtime-missing` or `onnx-graph`; run error `onnx-runtime-broken` or `onnx-process-lost` */
  async acquire(file: string, signal: AbortSignal): Promise<SharedGraph> {
    const entry = this.#entries.get(file) ?? this.#open(file, signal);
    entry.users++;
    try {
      await entry.loading;
    } catch (error) {
      await this.#release(file, entry);
      throw error;
    }
    return this.#share(file, entry);
  }

  #open(file: string, signal: AbortSignal): Entry {
    const graph = new GraphProcess({ file, runtime: this.#runtime });
    const entry: Entry = { graph, memo: new WeakMap(), loading: graph.load(signal), users: 0 };
    this.#entries.set(file, entry);
    return entry;
  }

  #share(file: string, entry: Entry): SharedGraph {
    const { graph, memo } = entry;
    let isReleased = false;
    return {
      file,
      inputs: graph.inputs,
      outputs: graph.outputs,
      get pid() {
        return graph.pid;
      },
      get passes() {
        return graph.passes;
      },
      compute: async (subject, key, feeds, output, signal) => {
        const known = memo.get(subject) ?? new Map<string, Promise<Float32Array>>();
        memo.set(subject, known);
        const before = known.get(key);
        if (before !== undefined) return before;
        const result = graph.run(feeds(), output, signal).then(({ data }) => data);
        known.set(key, result);
        // What failed may succeed the next time.
        result.catch(() => known.delete(key));
        return result;
      },
      release: async () => {
        if (isReleased) return;
        isReleased = true;
        await this.#release(file, entry);
      },
    };
  }

  async #release(file: string, entry: Entry): Promise<void> {
    entry.users--;
    if (entry.users > 0) return;
    if (this.#entries.get(file) === entry) this.#entries.delete(file);
    await entry.graph.close();
  }
}
