/** The way to Redis: opened with every mistake in words, then patient with a server that is away for a while. */
import type { Redis, RedisOptions } from 'ioredis';
import { onAbort } from '../shared/abort/on-abort.ts';
import { elapsedOn, type Clock } from '../shared/clock.ts';
import { runError, type AutombwError } from '../shared/errors.ts';
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
/** What is asked is answered within that, or the link is dead: of a machine that slept, or behind a NAT that forgot it. */
const DEAD_LINK_MS = 30_000;
/** For the last words to Redis. */
export const FAREWELL_MS = 3000;
/** Of those who wait: whoever gives signs of life. */
const BEAT = Symbol('heartbeat');

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
  /** Listeners know of trouble, and not yet that it is over. */
  #isTold = false;
  /** When a sign of life was last not taken, as elapsed milliseconds. */
  #beatsSince = -Infinity;
  readonly #closing = createController();
  /** Aborted when it is not looked for again. */
  readonly #givingUp: AbortController;

  private constructor(
    { address, clock }: { readonly address: QueueAddress; readonly clock: Clock },
    bullmq: QueuePackages['bullmq'],
    redis: Redis,
    givingUp: AbortController,
  ) {
    this.address = address;
    this.bullmq = bullmq;
    this.redis = redis;
    this.#clock = clock;
    this.#givingUp = givingUp;
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
    const givingUp = createController();
    const looking: Options = { ...options, lazyConnect: true, retryStrategy: () => null };
    await lookAtQueue(address, new ioredis.Redis(looking));
    const patient: Options = {
      ...options,
      // Whoever asks waits until it is back; patience is elsewhere.
      maxRetriesPerRequest: null,
      // BullMQ's own connections have the same options.
      retryStrategy: (times) => (givingUp.signal.aborted ? null : Math.min(200 * times, LONGEST_PAUSE_MS)),
      socketTimeout: DEAD_LINK_MS,
      keepAlive: DEAD_LINK_MS,
    };
    const redis = new ioredis.Redis(patient);
    return new QueueConnection({ address, clock }, bullmq, redis, givingUp);
  }

  /** Milliseconds for which it has not answered; 0 = it answers. */
  get awayMs(): number {
    return this.#awaySince === undefined ? 0 : Math.max(1, elapsedOn(this.#clock) - this.#awaySince);
  }

  /** In a sentence: it does not answer, or takes nothing more. Undefined = it is well. */
  get trouble(): string | undefined {
    if (this.#awaySince !== undefined) return `The queue at ${this.address.shown} is not answering.`;
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
   * @throws run error `queue-refuses` then; `queue-unreachable` after {@link giveUp}; what Redis throws otherwise
   */
  async persist<T>(work: () => Promise<T>, signal: AbortSignal = this.#closing.signal): Promise<T> {
    const who = Symbol('what is to be taken');
    try {
      for (;;) {
        try {
          const taken = await this.#answered(work());
          this.#noteTaken(who);
          return taken;
        } catch (error) {
          const refused = asRefused(this.address, error);
          if (refused === undefined) throw error;
          if (signal.aborted || this.#closing.signal.aborted) throw refused;
          this.#noteRefusal(who, refused.message);
        }
        await this.#clock.sleep(REFUSED_PAUSE_MS, signal);
      }
    } finally {
      this.#noteLeft(who);
    }
  }

  /** A sign of life, which shows how it is, too. @returns false where it was not taken @throws what Redis throws otherwise */
  async beat(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await this.#answered(work());
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

  /**
   * What Redis is asked; whoever waits for it may stop.
   * @param signal once it is aborted, an answer is waited for only where Redis answers, and not for long
   * @throws the signal's reason
   */
  async abortable<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    let stopListening = (): void => undefined;
    const stopped = new Promise<never>((_, reject) => {
      stopListening = onAbort(signal, (reason) => {
        timer = setTimeout(() => reject(reason), this.awayMs > 0 ? 0 : FAREWELL_MS);
      });
    });
    try {
      return await Promise.race([asked, stopped]);
    } finally {
      stopListening();
      clearTimeout(timer);
    }
  }

  /** @throws run error `queue-unreachable` where it is given up before it answers */
  async #answered<T>(asked: Promise<T>): Promise<T> {
    // What was under way when the link broke is never answered where no other link follows.
    let stopListening = (): void => undefined;
    const givenUp = new Promise<never>((_, reject) => {
      stopListening = onAbort(this.givenUp, () => reject(this.#unreachable()));
    });
    try {
      return await Promise.race([asked, givenUp]);
    } finally {
      stopListening();
    }
  }

  /** Aborted once {@link giveUp} was called, or `close`. */
  get givenUp(): AbortSignal {
    return this.#givingUp.signal;
  }

  /** What is still asked fails: at once, or with the next attempt to reach it. */
  giveUp(): void {
    this.#givingUp.abort();
    // Between two attempts `disconnect` would leave what is asked without an answer for good.
    if (this.redis.status !== 'reconnecting') this.redis.disconnect();
  }

  /** Never throws; what is still asked fails. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#givingUp.abort();
    // Where it is away, nobody waits for its farewell.
    if (this.#awaySince !== undefined) {
      this.giveUp();
      return;
    }
    await this.redis.quit().catch(() => this.redis.disconnect());
  }

  #unreachable(): AutombwError {
    return runError('queue-unreachable', `The queue at ${this.address.shown} is not answering.`);
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
    this.#refused.set(who, why);
    if (!this.#isTold) this.#tell();
  }

  /** Whoever stops offering something shows nothing: the next sign of life does. */
  #noteLeft(who: symbol): void {
    const why = this.#refused.get(who);
    if (why === undefined) return;
    this.#refused.delete(who);
    this.#refused.set(BEAT, why);
  }

  #noteTaken(who: symbol): void {
    this.#refused.delete(who);
    if (this.#isTold && this.trouble === undefined) this.#tell();
  }

  #tell(): void {
    if (this.#closing.signal.aborted) return;
    const { trouble } = this;
    this.#isTold = trouble !== undefined;
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
