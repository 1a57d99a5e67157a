/** Tells events one after the other, beside the run: nobody waits for them but the end, and that not long. */
import { followAbort } from '../shared/abort/follow-abort.ts';
import type { RunEvent } from './event.ts';
import { runCommand } from './run-command.ts';
import { sendHttp } from './send-http.ts';
import { targetName, type Target } from './target.ts';

export interface QueueOptions {
  readonly targets: readonly Target[];
  /** Told once of each target that does not take events, as a sentence. */
  readonly onTrouble: (sentence: string) => void;
}

/** Events that may wait; more than that and the oldest are left out. */
const MOST_WAITING = 50;

export class EventQueue {
  readonly #options: QueueOptions;
  readonly #waiting: RunEvent[] = [];
  readonly #troubled = new Set<Target>();
  readonly #leaving = followAbort(undefined);
  #working: Promise<void> | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Of several best iterations that wait, the last one is told. */
  push(event: RunEvent): void {
    if (event.event === 'best') {
      const before = this.#waiting.findIndex((one) => one.event === 'best');
      if (before >= 0) this.#waiting.splice(before, 1);
    }
    this.#waiting.push(event);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    this.#working ??= this.#work();
  }

  /** Resolves when all are told, or that time is over: then those that are being told are given up. */
  async finish(milliseconds: number): Promise<void> {
    const timer = setTimeout(() => {
      this.#waiting.length = 0;
      this.#leaving.abort();
    }, milliseconds);
    await this.#working;
    clearTimeout(timer);
  }

  async #work(): Promise<void> {
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
      const told = event;
      await Promise.all(this.#options.targets.map(async (target) => this.#tell(target, told)));
    }
    this.#working = undefined;
  }

  async #tell(target: Target, event: RunEvent): Promise<void> {
    const { signal } = this.#leaving;
    let why: string | undefined;
    try {
      why =
        target.kind === 'command'
          ? await runCommand(target, event, signal)
          : await sendHttp(target, event, signal);
    } catch {
      // Given up, or something that no run may end from.
      why = 'it could not be sent';
    }
    if (why === undefined || this.#troubled.has(target)) return;
    this.#troubled.add(target);
    this.#options.onTrouble(
      `The event "${event.event}" did not reach ${targetName(target)} (${why}); the run continues, and further failures are not reported.`,
    );
  }
}
