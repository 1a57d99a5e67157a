/** The server process: its queue, its one worker, and all that is lost when it ends. */
import { setImmediate as breathe } from 'node:timers/promises';
import { hashText, randomStream } from '../../random.ts';
import type { Machine } from '../machine.ts';
import { Clients } from '../websocket/clients.ts';
import type { WebSocketConnection } from '../websocket/connection.ts';
import { Generation } from './generation.ts';
import { History } from './history.ts';
import { NodeCache } from './node-cache.ts';
import { PromptQueue } from './prompt-queue.ts';
import type { QueuedPrompt } from './prompt-queue.ts';
import { Reporter } from './reporter.ts';
import { runPrompt } from './run-prompt.ts';
import { ProcessEnded } from './stop.ts';
import { createController } from '../../../shared/abort/create-controller.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

export class ComfyProcess {
  readonly queue = new PromptQueue();
  readonly history = new History();
  readonly clients = new Clients();
  readonly #machine: Machine;
  readonly #restart: () => void;
  readonly #cache = new NodeCache();
  readonly #ended = createController();
  readonly #random: () => number;
  /** Five letters by node id; gone with the node. */
  readonly #tempNames = new Map<string, string>();
  #interruption = createController();
  #current: { readonly clientId: string | null; readonly node: string } | undefined;
  #isWorking = false;
  #mustForget = false;
  #count = 0;

  /** @param restart ends this process and starts the next */
  constructor(machine: Machine, restart: () => void) {
    this.#machine = machine;
    this.#restart = restart;
    machine.starts++;
    machine.files.wipeTemp();
    this.#random = randomStream(hashText(`${machine.settings.seed}|${machine.starts}`));
  }

  /** Where in the queue the next prompt stands. Refused prompts use numbers up, too. */
  nextNumber(): number {
    return this.#count++;
  }

  /** Letters and digits, drawn by lot. */
  newId(): string {
    const hex = Array.from({ length: 32 }, () => Math.floor(16 * this.#random()).toString(16)).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/u, '$1-$2-$3-$4-');
  }

  /** Sets of output ids have no order: the lot decides, the same way throughout one process. */
  shuffled(ids: readonly string[]): string[] {
    const salt = `${this.#machine.settings.seed}|${this.#machine.starts}`;
    const lot = (id: string): number => hashText(`${salt}|${id}`);
    return ids.toSorted((a, b) => lot(a) - lot(b));
  }

  submit(entry: QueuedPrompt): void {
    const { idleMs, lastEnd } = this.#machine;
    if (this.queue.remaining > 0) idleMs.push(0);
    else if (lastEnd !== undefined) idleMs.push(performance.now() - lastEnd);
    this.queue.push(entry);
    this.tellStatus();
    void this.#work();
  }

  connect(clientId: string, connection: WebSocketConnection): void {
    this.clients.add(clientId, connection);
    this.clients.tell(clientId, 'status', { ...this.#status(), sid: clientId });
    if (this.#current?.clientId === clientId) {
      this.clients.tell(clientId, 'executing', { node: this.#current.node });
    }
  }

  /** Stops what runs; with an id only when that one runs. Has no effect on what comes later. */
  interrupt(promptId: string | undefined): void {
    if (promptId === undefined || this.queue.running?.id === promptId) this.#interruption.abort();
  }

  /** Drops all results as soon as nothing runs. */
  forgetResults(): void {
    this.#mustForget = true;
    if (!this.#isWorking) this.#forget();
  }

  tellStatus(): void {
    this.clients.tellAll('status', this.#status());
  }

  /** At once: sockets are cut, a run is given up. */
  end(): void {
    this.#ended.abort();
    this.clients.cutAll();
  }

  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    // The reply to the request that queued it goes first.
    await breathe();
    for (let entry = this.queue.next(); entry !== undefined; entry = this.queue.next()) {
      this.tellStatus();
      try {
        await this.#run(entry);
      } catch (error) {
        if (error instanceof ProcessEnded) return;
        throw error;
      }
      if (this.#mustForget) this.#forget();
    }
    this.#isWorking = false;
  }

  async #run(entry: QueuedPrompt): Promise<void> {
    const machine = this.#machine;
    const clientId = typeof entry.extraData['client_id'] === 'string' ? entry.extraData['client_id'] : null;
    const reporter = new Reporter(this.clients, entry.id, clientId);
    this.#interruption = createController();
    const stop = { interruption: this.#interruption, ended: this.#ended.signal };
    for (const id of this.#tempNames.keys()) if (!(id in entry.prompt)) this.#tempNames.delete(id);
    const outcome = await runPrompt(entry, {
      machine,
      reporter,
      stop,
      cache: this.#cache,
      generation: new Generation(machine, reporter, stop, this.#restart),
      tempLetters: (node) => this.#tempLetters(node),
      onNode: (node) => {
        this.#current = { clientId, node };
      },
    });
    this.#current = undefined;
    this.history.add(entry, outcome);
    this.queue.running = null;
    machine.lastEnd = performance.now();
    this.tellStatus();
    reporter.end();
  }

  #tempLetters(node: string): string {
    const known = this.#tempNames.get(node);
    const letters =
      known ??
      Array.from({ length: 5 }, () => LETTERS[Math.floor(LETTERS.length * this.#random())] ?? 'a').join('');
    this.#tempNames.set(node, letters);
    return letters;
  }

  #forget(): void {
    this.#mustForget = false;
    this.#cache.clear();
    this.#tempNames.clear();
  }

  #status(): { readonly status: { readonly exec_info: { readonly queue_remaining: number } } } {
    return { status: { exec_info: { queue_remaining: this.queue.remaining } } };
  }
}
