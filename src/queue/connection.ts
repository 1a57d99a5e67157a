/** The way to Redis: opened with every mistake in words, then patient with a server that is away for a while. */
import type { Redis, RedisOptions } from 'ioredis';
import { elapsedOn, type Clock } from '../shared/clock.ts';
import type { QueueAddress } from './address.ts';
import { lookAtQueue } from './look-at-queue.ts';
import { asRefused, refusalOf } from './refusal.ts';
import type { QueuePackages } from './packages.ts';
import { createController } from '../shared/abort/create-controller.ts';

type Options = Omit<RedisOptions, 'replyMapping'>;

const CONNECT_TIMEOUT_MS = 10_000;
/** Between two attempts to find it again. */
const LONGEST_PAUSE_MS = 2000;
/** Between two attempts to put something into it. */
const REFUSED_PAUSE_MS = 1000;
/** Of those who wait: whoever gives signs of life. */
const BEAT = Symbol('signs of life');

export interface ConnectionListener {
  /** It does not answer, or takes nothing more; told once until it is well. @param what in a sentence */
  readonly onAway?: (what: string) => void;
  readonly onBack?: () => void;
}

export class QueueConnection {
  readonly address: QueueAddress;
  readonly bullmq: QueuePackages['bullmq'];
  readonly redis: Redis;
  readonly #clock: Clock;
  readonly #listeners = new Set<ConnectionListener>();
  #awaySince: number | undefined;
  /** Whose words it does not take, and why. */
  readonly #refused = new Map<symbol, string>();
  /** When a sign of life was last not taken, as elapsed milliseconds. */
  #beatsSince = -Infinity;
  readonly #closing = createController();

  private constructor(address: QueueAddress, bullmq: QueuePackages['bullmq'], redis: Redis, clock: Clock) {
    this.address = address;
    this.bullmq = bullmq;
    this.redis = redis;
    this.#clock = clock;
    redis.on('close', () => this.#away());
    redis.on('ready', () => this.#back());
    // Each of them is followed by `close`.
    redis.on('error', () => undefined);
  }

  /** @throws run errors `queue-unreachable`; usage errors `queue-login`, `queue-tls`, `queue-version` */
  static async open(
    address: QueueAddress,
    { bullmq, ioredis }: QueuePackages,
    clock: Clock,
  ): Promise<QueueConnection> {
    const options = optionsOf(address);
    const looking: Options = { ...options, lazyConnect: true, retryStrategy: () => null };
    await lookAtQueue(address, new ioredis.Redis(looking));
    const patient: Options = {
      ...options,
      // Whoever asks waits until it is back; patience is elsewhere.
      maxRetriesPerRequest: null,
      retryStrategy: (times) => Math.min(200 * times, LONGEST_PAUSE_MS),
    };
    const redis = new ioredis.Redis(patient);
    return new QueueConnection(address, bullmq, redis, clock);
  }

  /** Milliseconds for which it has not answered; 0 = it answers. */
  get awayMs(): number {
    return this.#awaySince === undefined ? 0 : Math.max(1, elapsedOn(this.#clock) - this.#awaySince);
  }

  /** In a sentence: it does not answer, or takes nothing more. Undefined = it is well. */
  get trouble(): string | undefined {
    if (this.#awaySince !== undefined) return `The queue at ${this.address.shown} does not answer.`;
    const [why] = this.#refused.values();
    return why;
  }

  /** The same of what somebody waits to put in, which may be too much where a sign of life is not. */
  get untaken(): string | undefined {
    // What waits is offered again within a pause: until then nobody knows.
    if (elapsedOn(this.#clock) - this.#beatsSince < 3 * REFUSED_PAUSE_MS) return undefined;
    return [...this.#refused].find(([who]) => who !== BEAT)?.[1];
  }

  /**
   * What it does not take is offered again until it does.
   * @param signal aborted when that is not waited for any longer
   * @throws run error `queue-refuses` then; what Redis throws otherwise
   */
  async persist<T>(work: () => Promise<T>, signal: AbortSignal = this.#closing.signal): Promise<T> {
    const who = Symbol('what is to be taken');
    try {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          const refused = asRefused(this.address, error);
          if (refused === undefined) throw error;
          if (signal.aborted || this.#closing.signal.aborted) throw refused;
          this.#noteRefusal(who, refused.message);
        }
        await this.#clock.sleep(REFUSED_PAUSE_MS, signal);
      }
    } finally {
      this.#noteTaken(who);
    }
  }

  /** A sign of life, which shows how it is, too. @returns false where it was not taken @throws what Redis throws otherwise */
  async beat(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      this.#noteTaken(BEAT);
      return true;
    } catch (error) {
      const why = refusalOf(this.address, error);
      if (why === undefined) throw error;
      this.#beatsSince = elapsedOn(this.#clock);
      this.#noteRefusal(BEAT, why);
      return false;
    }
  }

  /** @returns stops telling */
  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Never throws; what is still asked fails. */
  async close(): Promise<void> {
    this.#closing.abort();
    // Where it is away, nobody waits for its farewell.
    if (this.#awaySince !== undefined) {
      this.redis.disconnect();
      return;
    }
    await this.redis.quit().catch(() => this.redis.disconnect());
  }

  #away(): void {
    if (this.#closing.signal.aborted || this.#awaySince !== undefined) return;
    this.#awaySince = elapsedOn(this.#clock);
    this.#tell();
  }

  #back(): void {
    if (this.#awaySince === undefined) return;
    this.#awaySince = undefined;
    this.#tell();
  }

  #noteRefusal(who: symbol, why: string): void {
    const isNew = this.#refused.size === 0;
    this.#refused.set(who, why);
    if (isNew) this.#tell();
  }

  #noteTaken(who: symbol): void {
    if (this.#refused.delete(who) && this.#refused.size === 0) this.#tell();
  }

  #tell(): void {
    if (this.#closing.signal.aborted) return;
    const { trouble } = this;
    for (const { onAway, onBack } of this.#listeners) {
      if (trouble === undefined) onBack?.();
      else onAway?.(trouble);
    }
  }
}

function optionsOf({ host, port, db, username, password, tls }: QueueAddress): Options {
  return {
    host,
    port,
    db,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls !== undefined && {
      tls: {
        ...(tls.ca !== undefined && { ca: tls.ca }),
        ...(tls.servername !== undefined && { servername: tls.servername }),
      },
    }),
    connectTimeout: CONNECT_TIMEOUT_MS,
  };
}
