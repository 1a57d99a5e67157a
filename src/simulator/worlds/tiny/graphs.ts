/** The parent's side of the process with the graphs: asks it one thing after the other, and gives each model to it once. */
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { runError } from '../../../shared/errors.ts';
import { runtimeError } from '../../../shared/onnx-runtime/runtime-error.ts';
import { endChild, startChild } from '../../../shared/onnx-runtime/start-child.ts';
import type { StateDict } from '../../models/state-dict.ts';
import { KEPT_WEIGHTS, replySchema } from './protocol.ts';
import type { Ask, Feed, Feeds, GraphEnd, GraphName, Output, Reply } from './protocol.ts';

export interface GraphsSettings {
  /** Folder of the three graphs. */
  readonly folder: string;
  /** What stands between a graph's name and `.onnx`. */
  readonly suffix: string;
  /** Package with the runtime; another name only in tests. */
  readonly runtime?: string | undefined;
}

/** A set of weights that the process has; the oldest is forgotten first. */
interface Kept {
  readonly model: StateDict;
  readonly weights: number;
}

type Waiting = { readonly resolve: (reply: Reply) => void; readonly reject: (reason: Error) => void };

export class Graphs {
  readonly #child: ChildProcess;
  readonly #runtime: string | undefined;
  readonly #waiting = new Map<number, Waiting>();
  readonly #kept = new Map<GraphName, readonly Kept[]>();
  #inputs: Readonly<Record<GraphName, readonly GraphEnd[]>> = { text: [], unet: [], vae: [] };
  #lastId = 0;
  #end: Error | undefined;

  private constructor({ runtime }: GraphsSettings) {
    this.#runtime = runtime;
    this.#child = startChild({ beside: import.meta.url, runtime, hasStderr: false });
    this.#child.on('message', (message: unknown) => {
      const reply = replySchema.safeParse(message);
      if (reply.success) this.#waiting.get(reply.data.id)?.resolve(reply.data);
      else this.#child.kill('SIGKILL');
    });
    // Without a number it could not be started: no end will be told of.
    this.#child.on('error', (error) => {
      if (this.#child.pid === undefined)
        this.#fail(`The process that computes the tiny world could not be started (${error.message}).`);
    });
    this.#child.once('exit', (code, signal) => {
      this.#fail(`The process that computes the tiny world has ended (${signal ?? `code ${code}`}).`);
    });
    // A server that is left open must not keep its process alive by this one.
    this.#child.unref();
    this.#child.channel?.unref();
  }

  /** @throws usage error `onnx-runtime-missing`; run error `onnx-runtime-broken` or `tiny-world-failed` */
  static async open(settings: GraphsSettings): Promise<Graphs> {
    const { folder, suffix } = settings;
    const graphs = new Graphs(settings);
    const file = (name: string): string => path.join(folder, `${name}${suffix}.onnx`);
    try {
      const files = { text: file('text'), unet: file('unet'), vae: file('vae-decoder') };
      const reply = await graphs.#ask({ kind: 'load', files });
      if (reply.kind === 'loaded') graphs.#inputs = reply.inputs;
      return graphs;
    } catch (error) {
      await graphs.close();
      throw error;
    }
  }

  /** All inputs of a graph, weights among them. */
  inputsOf(graph: GraphName): readonly GraphEnd[] {
    return this.#inputs[graph];
  }

  /** @param feeds what the model does not hold @throws run error `tiny-world-failed` */
  async run(graph: GraphName, model: StateDict, feeds: Feeds): Promise<Readonly<Record<string, Output>>> {
    const taken = new Set(this.#inputs[graph].map(({ name }) => name));
    const weights = this.#keep(graph, model);
    const own = Object.fromEntries(Object.entries(feeds).filter(([name]) => taken.has(name)));
    const reply = await this.#ask({ kind: 'run', graph, weights, feeds: own });
    return reply.kind === 'ran' ? reply.outputs : {};
  }

  /** Ends the process, whatever it does. */
  async close(): Promise<void> {
    await endChild(this.#child);
  }

  /** Number of a model's weights in the process, sent there unless it has them. Both sides forget the same ones. */
  #keep(graph: GraphName, model: StateDict): number {
    const before = this.#kept.get(graph) ?? [];
    const known = before.find((kept) => kept.model === model);
    if (known !== undefined) return known.weights;
    const weights = ++this.#lastId;
    this.#kept.set(graph, [...before, { model, weights }].slice(-KEPT_WEIGHTS));
    const feeds = this.#inputs[graph].flatMap(({ name }): [string, Feed][] => {
      const tensor = model.get(name);
      return tensor === undefined ? [] : [[name, { dims: tensor.shape, data: tensor.data }]];
    });
    // What goes wrong here shows in the run that follows.
    this.#ask({ kind: 'keep', graph, weights, feeds: Object.fromEntries(feeds) }).catch(() => undefined);
    return weights;
  }

  async #ask(ask: Ask): Promise<Reply> {
    if (this.#end !== undefined) throw this.#end;
    const id = ++this.#lastId;
    this.#child.ref();
    this.#child.channel?.ref();
    try {
      const reply = await new Promise<Reply>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        this.#child.send({ ...ask, id }, () => undefined);
      });
      if (reply.kind !== 'failed') return reply;
      const { at, message } = reply;
      if (at === 'no-runtime' || at === 'runtime')
        throw runtimeError('The tiny world', { at, message }, this.#runtime);
      throw runError('tiny-world-failed', `The tiny world could not ${at} its graphs (${message}).`);
    } finally {
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) {
        this.#child.unref();
        this.#child.channel?.unref();
      }
    }
  }

  #fail(message: string): void {
    this.#end = runError('tiny-world-failed', message);
    for (const { reject } of this.#waiting.values()) reject(this.#end);
  }
}
