/** The way to Redis: opened with every mistake in words, then patient with a server that is away for a while. */
import type { Redis, RedisOptions } from 'ioredis';
import { elapsedOn, type Clock } from '../shared/clock.ts';
import type { QueueAddress } from './address.ts';
import { lookAtQueue } from './look-at-queue.ts';
import type { QueuePackages } from './packages.ts';

type Options = Omit<RedisOptions, 'replyMapping'>;

const CONNECT_TIMEOUT_MS = 10_000;
/** Between two attempts to find it again. */
const LONGEST_PAUSE_MS = 2000;

export interface ConnectionListener {
  /** It does not answer; told once until it is back. */
  readonly onAway?: () => void;
  readonly onBack?: () => void;
}

export class QueueConnection {
  readonly address: QueueAddress;
  readonly bullmq: QueuePackages['bullmq'];
  readonly redis: Redis;
  readonly #clock: Clock;
  readonly #listeners = new Set<ConnectionListener>();
  #awaySince: number | undefined;
  #isClosed = false;

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

  /** @returns stops telling */
  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Never throws; what is still asked fails. */
  async close(): Promise<void> {
    this.#isClosed = true;
    // Where it is away, nobody waits for its farewell.
    if (this.#awaySince !== undefined) {
      this.redis.disconnect();
      return;
    }
    await this.redis.quit().catch(() => this.redis.disconnect());
  }

  #away(): void {
    if (this.#isClosed || this.#awaySince !== undefined) return;
    this.#awaySince = elapsedOn(this.#clock);
    for (const { onAway } of this.#listeners) onAway?.();
  }

  #back(): void {
    if (this.#awaySince === undefined) return;
    this.#awaySince = undefined;
    for (const { onBack } of this.#listeners) onBack?.();
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
