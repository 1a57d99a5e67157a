/** The parent's side of the process that holds one graph: starts it, asks it one thing after the other, and ends it. */
import type { ChildProcess } from 'node:child_process';
import { onAbort } from '../../shared/abort/on-abort.ts';
import { messageOf, runError, usageError, type AutombwError } from '../../shared/errors.ts';
import { runtimeError } from '../../shared/onnx-runtime/runtime-error.ts';
import { endChild, startChild } from '../../shared/onnx-runtime/start-child.ts';
import { replySchema, type Feeds, type GraphEnd, type Reply, type Request } from './protocol.ts';

export interface GraphSettings {
  readonly file: string;
  /** Package with the runtime; another name only in tests. */
  readonly runtime: string;
}

export interface GraphOutput {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

interface Pending {
  readonly ask: Ask;
  attempts: number;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (reason: unknown) => void;
}

type Ask =
  { readonly kind: 'load' } | { readonly kind: 'run'; readonly feeds: Feeds; readonly output: string };

/** A request that has lost its process this often is given up. */
const MOST_ATTEMPTS = 2;
const KEPT_STDERR = 2000;

export class GraphProcess {
  readonly #settings: GraphSettings;
  readonly #pending = new Map<number, Pending>();
  #child: ChildProcess | undefined;
  #loaded: { readonly inputs: readonly GraphEnd[]; readonly outputs: readonly GraphEnd[] } | undefined;
  #lastId = 0;
  #stderr = '';
  #closed = false;
  /** Times that the graph has been computed. */
  passes = 0;

  constructor(settings: GraphSettings) {
    this.#settings = settings;
  }

  get inputs(): readonly GraphEnd[] {
    return this.#loaded?.inputs ?? [];
  }

  get outputs(): readonly GraphEnd[] {
    return this.#loaded?.outputs ?? [];
  }

  /** Of the process, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** @throws usage error `onnx-runtime-missing` or `onnx-graph`; run error `onnx-runtime-broken` or `onnx-process-lost` */
  async load(signal: AbortSignal): Promise<void> {
    await this.#ask({ kind: 'load' }, signal);
  }

  /** @throws run error `onnx-run-failed` or `onnx-process-lost` */
  async run(feeds: Feeds, output: string, signal: AbortSignal): Promise<GraphOutput> {
    const reply = await this.#ask({ kind: 'run', feeds, output }, signal);
    if (reply.kind !== 'ran') throw new Error(`The graph process answered ${reply.kind} when asked to run.`);
    this.passes++;
    return reply;
  }

  /** Ends the process, whatever it does; its memory is free when this resolves. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#child !== undefined) await endChild(this.#child);
  }

  async #ask(ask: Ask, signal: AbortSignal): Promise<Reply> {
    signal.throwIfAborted();
    const id = ++this.#lastId;
    let stopListening = (): void => undefined;
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#pending.set(id, { ask, attempts: 0, resolve, reject });
      // What is being computed is computed to its end; nobody waits for it any more.
      stopListening = onAbort(signal, reject);
      this.#post(id);
    }).finally(() => {
      stopListening();
      this.#pending.delete(id);
    });
    if (reply.kind === 'failed') throw this.#failure(reply);
    return reply;
  }

  #post(id: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    pending.attempts++;
    const child = (this.#child ??= this.#start());
    const { ask } = pending;
    const request: Request =
      ask.kind === 'load' ? { id, kind: 'load', file: this.#settings.file } : { id, ...ask };
    send(child, request);
  }

  #start(): ChildProcess {
    const { runtime } = this.#settings;
    const child = startChild({ beside: import.meta.url, runtime, hasStderr: true });
    this.#stderr = '';
    child.stderr?.on('data', (chunk: unknown) => {
      this.#stderr = (this.#stderr + String(chunk)).slice(-KEPT_STDERR);
    });
    child.on('message', (message: unknown) => this.#receive(message));
    // Without a number it could not be started: no end will be told of.
    child.on('error', (error) => {
      if (child.pid === undefined) this.#lost(child, messageOf(error));
    });
    child.stderr?.on('error', () => undefined);
    child.once('exit', (code, exitSignal) => this.#lost(child, exitSignal ?? `code ${code}`));
    // In place of one that is gone: it needs the graph before anything else, and nobody waits for this answer.
    if (this.#loaded !== undefined) send(child, { id: 0, kind: 'load', file: this.#settings.file });
    return child;
  }

  #receive(message: unknown): void {
    const parsed = replySchema.safeParse(message);
    if (!parsed.success) {
      // Whatever it is, it does not compute any more; its end is told of.
      this.#child?.kill('SIGKILL');
      return;
    }
    const reply = parsed.data;
    if (reply.kind === 'loaded') this.#loaded = reply;
    this.#pending.get(reply.id)?.resolve(reply);
  }

  /** A new process is asked what the old one owes; who has lost two is told. */
  #lost(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    for (const [id, pending] of this.#pending) {
      if (this.#closed || pending.attempts >= MOST_ATTEMPTS) pending.reject(this.#lostError(how));
      else this.#post(id);
    }
  }

  #lostError(how: string): AutombwError {
    const { file } = this.#settings;
    const words = this.#stderr.trim().split('\n').at(-1) ?? '';
    return runError(
      'onnx-process-lost',
      `The process that holds ${file} ended twice (${how}${words === '' ? '' : `: ${words}`}); ` +
        'most likely there is not enough memory for the graph: close other programs, or use a smaller version of it.',
    );
  }

  #failure({ at, message }: Extract<Reply, { kind: 'failed' }>): AutombwError {
    const { file, runtime } = this.#settings;
    const [words = ''] = message.split('\n');
    switch (at) {
      case 'no-runtime':
      case 'runtime':
        return runtimeError('This scorer', { at, message }, runtime);
      case 'load':
        return usageError(
          'onnx-graph',
          `${file} cannot be loaded as an ONNX graph (${words}). Download or convert it again, with its .onnx_data files next to it.`,
        );
      case 'run':
        return runError(
          'onnx-run-failed',
          `The graph ${file} failed on an image (${words}); check that its inputs match the manifest.`,
        );
      default:
        return runError('onnx-run-failed', message);
    }
  }
}

/** A process that has just gone does not take it; its exit then sends the request again. */
function send(child: ChildProcess, request: Request): void {
  child.send(request, () => undefined);
}
