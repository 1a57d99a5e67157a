/**
 * What the optimizer believes of the runs of a page: computed in a thread of its own, one run at a time, when somebody asks. The
 * process that the page lives in may be that of the search: it only waits.
 */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterColon } from '../../shared/after-colon.ts';
import { messageOf } from '../../shared/errors.ts';
import { noBeliefs } from './beliefs.ts';
import type { PageBeliefs } from './state.ts';

/** The same place from the sources and from the built package. */
const WORKER = fileURLToPath(new URL('../../../dist/page/beliefs/worker.js', import.meta.url));
/** A journal of 5 000 iterations takes a quarter of it. */
const MOST_MEGABYTES = 512;
/** Milliseconds after which a thread is given up. */
const PATIENCE_MS = 240_000;
/** Runs whose beliefs are remembered. */
const MOST_KEPT = 8;
/** A run that goes on is looked at again after so many times as long as the last look took: a quarter of one core at most. */
const REST = 3;

export interface BeliefsThreadSettings {
  /** The built entry of the thread. */
  readonly worker?: string;
  /** Milliseconds. */
  readonly patience?: number;
  /** Most memory of the thread. */
  readonly megabytes?: number;
}

interface Known {
  /** Of the journal that it is from. */
  readonly stamp: string;
  readonly beliefs: PageBeliefs;
  /** Milliseconds of `performance.now()` from which on it may be computed again. */
  readonly until: number;
}

export class BeliefsThread {
  readonly #worker: string;
  readonly #patience: number;
  readonly #megabytes: number;
  /** By journal; the one that was computed last is the last. */
  readonly #known = new Map<string, Known>();
  readonly #asked = new Map<string, Promise<PageBeliefs>>();
  #last: Promise<unknown> = Promise.resolve();
  #thread: Worker | undefined;
  #isClosed = false;

  constructor({
    worker = WORKER,
    patience = PATIENCE_MS,
    megabytes = MOST_MEGABYTES,
  }: BeliefsThreadSettings = {}) {
    this.#worker = worker;
    this.#megabytes = megabytes;
    this.#patience = patience;
  }

  /** Never rejects: where nothing can be computed, the beliefs say why. Who asks meanwhile gets the same ones. */
  async beliefs(journal: string): Promise<PageBeliefs> {
    const known = this.#known.get(journal);
    if (known !== undefined) {
      const isOld = known.stamp !== stampOf(journal);
      if (!isOld || performance.now() < known.until) return { ...known.beliefs, isOld };
    }
    const asked = this.#asked.get(journal) ?? this.#queue(journal);
    this.#asked.set(journal, asked);
    return asked;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#thread?.terminate();
  }

  async #queue(journal: string): Promise<PageBeliefs> {
    const turn = this.#last.then(async () => this.#compute(journal));
    this.#last = turn;
    return turn.finally(() => this.#asked.delete(journal));
  }

  async #compute(journal: string): Promise<PageBeliefs> {
    const stamp = stampOf(journal);
    const began = performance.now();
    const beliefs = await this.#inThread(journal).catch((error: unknown) =>
      noBeliefs(`This could not be computed: ${afterColon(messageOf(error)).replace(/\.$/, '')}.`),
    );
    const now = performance.now();
    this.#known.delete(journal);
    this.#known.set(journal, { stamp, beliefs, until: now + REST * (now - began) });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KEPT && oldest !== undefined) this.#known.delete(oldest);
    return beliefs;
  }

  async #inThread(journal: string): Promise<PageBeliefs> {
    if (this.#isClosed) throw new Error('the page is closed');
    if (!fs.existsSync(this.#worker))
      throw new Error('a part of autombw is missing; build it with npm run build');
    const worker = new Worker(this.#worker, {
      workerData: journal,
      resourceLimits: { maxOldGenerationSizeMb: this.#megabytes },
    });
    this.#thread = worker;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      void worker.terminate();
    }, this.#patience);
    try {
      return await new Promise<PageBeliefs>((resolve, reject) => {
        // The worker is part of this package: it says what its entry sends.
        worker.on('message', (beliefs: PageBeliefs) => resolve(beliefs));
        worker.on('error', reject);
        worker.on('exit', () =>
          reject(new Error(isLate ? 'it took too long' : 'the worker thread ended without an answer')),
        );
      });
    } finally {
      clearTimeout(timer);
      this.#thread = undefined;
    }
  }
}

/** Another one whenever the journal has grown or was replaced. */
function stampOf(journal: string): string {
  const stats = fs.statSync(journal, { throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.size} ${stats.mtimeMs}`;
}
