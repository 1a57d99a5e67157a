/** The workers of a run, as their signs of life come and go. */
import { afterColon } from '../../shared/after-colon.ts';
import { elapsedOn, type Clock } from '../../shared/clock.ts';
import type { QueueConnection } from '../connection.ts';
import { isSameRelease, parsed, refusalSchema, registrationSchema, type Registration } from '../contract.ts';
import type { RunKeys } from '../keys.ts';

export interface WorkerListener {
  /** A worker is there: a new one, or one that was away. */
  readonly onJoin?: (worker: Registration) => void;
  /** It has left, or gives no sign of life, or its WebUI is away. */
  readonly onLeave?: (worker: Registration, why: string) => void;
}

export interface WorkersSettings {
  readonly connection: Pick<QueueConnection, 'redis' | 'trouble' | 'listen'>;
  readonly keys: RunKeys;
  readonly version: string;
  readonly clock: Clock;
  /** Shows whether Redis takes signs of life. */
  readonly beat: () => Promise<void>;
  /** A sentence for people. */
  readonly say: (sentence: string) => void;
}

const LOOK_MS = 1000;
/** After a Redis that was away, or took nothing: every worker gives a sign of life within that. */
const GRACE_MS = 10_000;

export class Workers {
  readonly #settings: WorkersSettings;
  readonly #live = new Map<string, Registration>();
  readonly #listeners = new Set<WorkerListener>();
  readonly #refused = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  /** When signs of life can be missed again, as elapsed milliseconds. */
  #missedFrom = -Infinity;

  constructor(settings: WorkersSettings) {
    this.#settings = settings;
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
    // A look that was under way meanwhile ends after it is back, and may find a Redis that has forgotten everything.
    settings.connection.listen({ onBack: () => this.#excuse() });
  }

  #excuse(): void {
    this.#missedFrom = elapsedOn(this.#settings.clock) + GRACE_MS;
  }

  /** By id. */
  get live(): ReadonlyMap<string, Registration> {
    return this.#live;
  }

  /** Who draws these pixels. */
  ofGroup(pixelGroup: string): readonly Registration[] {
    return [...this.#live.values()].filter((worker) => worker.pixelGroup === pixelGroup);
  }

  /** Told of those who are there at once. @returns stops telling */
  listen(listener: WorkerListener): () => void {
    this.#listeners.add(listener);
    for (const worker of this.#live.values()) listener.onJoin?.(worker);
    return () => void this.#listeners.delete(listener);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Never throws: while Redis is away nothing is known, and nobody has left. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const { connection, keys } = this.#settings;
      const { redis } = connection;
      const ids = await redis.smembers(keys.workers);
      const texts = ids.length === 0 ? [] : await redis.mget(ids.map((id) => keys.worker(id)));
      const refusals = await redis.hgetall(keys.refusals);
      if (this.#timer === undefined) return;
      const there = texts.map((text) => parsed(registrationSchema, text));
      // Signs of life end by themselves where Redis takes no new ones.
      if ([...this.#live.keys()].some((id) => !there.some((worker) => worker?.id === id)))
        await this.#settings.beat();
      if (connection.trouble !== undefined) this.#excuse();
      this.#compare(there);
      this.#tellRefusals(refusals);
    } catch {
      // Closed, or away: whoever waits for it says so.
    } finally {
      this.#isLooking = false;
    }
  }

  #compare(found: readonly (Registration | undefined)[]): void {
    const there = new Map<string, Registration>();
    for (const worker of found) {
      if (worker === undefined) continue;
      if (isSameRelease(worker.version, this.#settings.version)) there.set(worker.id, worker);
      else
        this.#sayOnce(
          worker.id,
          `The worker ${worker.name} runs autombw ${worker.version}, but this is ${this.#settings.version}: it is not used.`,
        );
    }
    for (const worker of this.#live.values()) {
      const now = there.get(worker.id);
      if (now?.state === 'ready') {
        this.#live.set(worker.id, now);
        continue;
      }
      if (now === undefined && elapsedOn(this.#settings.clock) < this.#missedFrom) continue;
      this.#live.delete(worker.id);
      const why = now === undefined ? 'it has left, or is not responding' : 'its WebUI is not answering';
      for (const { onLeave } of this.#listeners) onLeave?.(worker, why);
    }
    for (const worker of there.values()) {
      if (worker.state !== 'ready' || this.#live.has(worker.id)) continue;
      this.#live.set(worker.id, worker);
      for (const { onJoin } of this.#listeners) onJoin?.(worker);
    }
  }

  #tellRefusals(refusals: Readonly<Record<string, string>>): void {
    for (const [id, text] of Object.entries(refusals)) {
      const refusal = parsed(refusalSchema, text);
      if (refusal !== undefined)
        this.#sayOnce(
          `${id} ${refusal.message}`,
          `The worker ${refusal.name} cannot work on this run: ${afterColon(refusal.message)}`,
        );
    }
  }

  #sayOnce(key: string, sentence: string): void {
    if (this.#refused.has(key)) return;
    this.#refused.add(key);
    this.#settings.say(sentence);
  }
}
