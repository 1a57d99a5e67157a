/** A run as workers find it: described, kept alive, served by whoever registers, and cleared away when it is over. */
import { judgeImage } from '../../trial/judge-image.ts';
import type { Judge } from '../../score/score-image.ts';
import { counted } from '../../shared/counted.ts';
import { within } from '../../shared/within.ts';
import type { Clock } from '../../shared/clock.ts';
import type { ImageRequest } from '../../types.ts';
import { FAREWELL_MS, type QueueConnection } from '../connection.ts';
import { FORMAT, type Registration, type RunDescription } from '../contract.ts';
import {
  groupQueue,
  journalKey,
  KEPT_MS,
  keysOf,
  newRunId,
  RUNS_KEY,
  shortHash,
  workerQueue,
  type RunKeys,
} from '../keys.ts';
import { asRefused } from '../refusal.ts';
import { removeKeys, touchKeys } from '../run-keys.ts';
import { Shelf } from '../shelf.ts';
import { GroupJobs } from './group-jobs.ts';
import { KeptImages } from './kept-images.ts';
import type { ScoreHere } from './measuring.ts';
import { RemoteEvaluator } from './remote-evaluator.ts';
import type { Away } from './patience.ts';
import { Workers } from './workers.ts';

export interface RunQueueSettings {
  readonly connection: QueueConnection;
  readonly description: Omit<RunDescription, 'format' | 'set'>;
  readonly requests: readonly ImageRequest[];
  /** Of a run that goes on: what {@link RunQueue.bind} was told. */
  readonly identity?: string | undefined;
  /** Minutes that Redis or all workers may be away (`--reconnect`). */
  readonly reconnect: number;
  readonly clock: Clock;
  /** Of the run: once it is aborted, nobody waits for Redis. */
  readonly signal: AbortSignal;
  /** A sentence for people. */
  readonly say: (sentence: string) => void;
}

const BEAT_MS = 5000;
/** Without a beat for so long the coordinator is gone. */
const COORDINATOR_MS = 15_000;
const TOUCH_EVERY = 12;
/** Long enough for every worker to see it. */
const ENDED_MS = 60_000;

export class RunQueue {
  readonly workers: Workers;
  /** What of the run lies in Redis until the journal has it. */
  readonly kept: KeptImages;
  readonly #settings: RunQueueSettings;
  readonly #keys: RunKeys;
  readonly #id: string;
  readonly #description: RunDescription;
  readonly #shelf: Shelf;
  /** Requests that jobs name, as they lie in Redis. */
  readonly #sets = new Map<string, string>();
  readonly #queues = new Map<string, GroupJobs>();
  readonly #farewells = new Set<Promise<unknown>>();
  /** It was said what is wrong with the queue, and not yet that it is back. */
  #isTold = false;
  readonly #beat: NodeJS.Timeout;
  #beats = 0;

  private constructor(settings: RunQueueSettings, id: string) {
    const { connection, description, requests, say } = settings;
    this.#settings = settings;
    this.#id = id;
    this.#keys = keysOf(id);
    this.#description = { ...description, format: FORMAT, set: setOf(requests) };
    this.#shelf = new Shelf(connection, this.#keys);
    this.kept = new KeptImages({
      shelf: this.#shelf,
      clearJobs: async (place, group) => this.#queueOf(groupQueue(group), true).clear(place),
      later: (work) => this.#later(work),
    });
    this.workers = new Workers({
      connection,
      keys: this.#keys,
      clock: settings.clock,
      beat: async () => this.#live(),
      version: description.version,
      say,
    });
    connection.listen({
      onAway: (what) => {
        // Whoever waits for an answer says it.
        if ([...this.#queues.values()].some(({ isFollowed }) => isFollowed)) return;
        if (this.#claimTrouble()) say(`${what} Waiting up to ${counted(settings.reconnect, 'minute')}.`);
      },
      onBack: () => this.#lookBack(),
    });
    this.#beat = setInterval(() => void this.#live().catch(() => undefined), BEAT_MS);
  }

  /** @throws run error `queue-refuses`; what Redis throws otherwise */
  static async open(settings: RunQueueSettings): Promise<RunQueue> {
    const { identity, connection, requests, signal } = settings;
    const known =
      identity === undefined
        ? null
        : await connection.abortable(connection.redis.get(journalKey(identity)), signal);
    const queue = new RunQueue(settings, known !== null && /^[0-9a-f]{16}$/.test(known) ? known : newRunId());
    try {
      queue.#noteSet(requests);
      await connection.abortable(queue.#begin(identity), signal);
      return queue;
    } catch (error) {
      await queue.close(false);
      throw asRefused(connection.address, error) ?? error;
    }
  }

  async #begin(identity: string | undefined): Promise<void> {
    await this.#settings.connection.redis.del(this.#keys.refusals, this.#keys.ended);
    await this.#publish();
    if (identity !== undefined) await this.#bind(identity);
  }

  /**
   * From here on a later session of the run finds what workers have finished for it.
   * @param identity hash of the first line of its journal
   */
  async bind(identity: string): Promise<void> {
    await this.#settings.connection.persist(async () => this.#bind(identity));
  }

  async #bind(identity: string): Promise<void> {
    await this.#settings.connection.redis.set(journalKey(identity), this.#id, 'PX', KEPT_MS);
  }

  /** Waits until somebody serves the run. @throws the signal's reason */
  async firstWorker(signal: AbortSignal): Promise<Registration> {
    const { clock, say, connection } = this.#settings;
    await connection.abortable(this.workers.look(), signal);
    for (let isTold = false; ; isTold = true) {
      const [first] = this.workers.live.values();
      if (first !== undefined) return first;
      if (!isTold)
        say(
          `Waiting for a worker: autombw worker --queue ${connection.address.shown}, on a machine with a WebUI.`,
        );
      await clock.sleep(500, signal);
      signal.throwIfAborted();
    }
  }

  /** What measures at a worker. @param judge gives scores where workers do not */
  async evaluatorOf(
    worker: Registration,
    requests: readonly ImageRequest[],
    judge: Judge,
  ): Promise<RemoteEvaluator> {
    const { reconnect, clock, connection, signal } = this.#settings;
    const group = this.#queueOf(groupQueue(worker.pixelGroup), true);
    const set = this.#noteSet(requests);
    const published = connection.persist(async () => this.#publishSets(), signal);
    await connection.abortable(published, signal);
    return new RemoteEvaluator({
      worker,
      requests,
      set,
      shelf: this.#shelf,
      group,
      own: this.#queueOf(workerQueue(worker.id), false),
      judge,
      scoreHere: scoringOf(judge, requests),
      away: () => this.#away(worker),
      claimTrouble: () => this.#claimTrouble(),
      isAlive: () => this.workers.live.has(worker.id),
      // Of several that are away, one waits.
      isUsable: () =>
        this.workers.live.has(worker.id) || this.workers.ofGroup(worker.pixelGroup).length === 0,
      cancel: (id, jobs) => this.#later(jobs.cancel(id)),
      onShelved: (trial) => this.kept.asked(trial),
      onTaken: (place, image) => this.kept.taken(place, image),
      reconnect,
      clock,
    });
  }

  /** Resolves once the worker is there. @throws the signal's reason */
  async comeBack(worker: Registration, signal: AbortSignal): Promise<void> {
    while (!this.workers.live.has(worker.id) || this.#away(worker) !== undefined) {
      await this.#settings.clock.sleep(1000, signal);
      signal.throwIfAborted();
    }
  }

  /** Jobs that wait for a worker. */
  async depth(): Promise<number> {
    const groups = [...this.#queues].filter(([name]) => name.startsWith('group-'));
    const depths = await Promise.all(groups.map(async ([, jobs]) => jobs.depth()));
    return depths.reduce((sum, depth) => sum + depth, 0);
  }

  /** Never throws. @param isOver nobody goes on with the run: nothing of it stays in Redis */
  async close(isOver: boolean): Promise<void> {
    clearInterval(this.#beat);
    this.workers.stop();
    const { connection } = this.#settings;
    const { redis } = connection;
    if (connection.awayMs === 0) {
      const farewell = async (): Promise<void> => {
        await redis.hdel(RUNS_KEY, this.#id);
        await redis.del(this.#keys.coordinator);
        await Promise.allSettled(this.#farewells);
        if (isOver) await removeKeys(redis, this.#keys);
        else await touchKeys(redis, this.#keys);
        await redis.set(this.#keys.ended, 'yes', 'PX', ENDED_MS);
      };
      await within(
        FAREWELL_MS,
        farewell().catch(() => undefined),
      );
    }
    await within(
      FAREWELL_MS,
      Promise.allSettled([...this.#queues.values()].map(async (jobs) => jobs.close())),
    );
    await connection.close();
  }

  async #live(): Promise<void> {
    await this.#settings.connection.beat(async () => this.#publish());
    this.#lookBack();
  }

  /** What is wrong with the queue keeps all from going on, and is said once. @returns whether the one who asks has to say it */
  #claimTrouble(): boolean {
    const isFirst = !this.#isTold;
    this.#isTold = true;
    return isFirst;
  }

  #lookBack(): void {
    const { connection, say } = this.#settings;
    if (!this.#isTold || connection.trouble !== undefined) return;
    if ([...this.workers.live.values()].some(({ trouble }) => trouble !== undefined)) return;
    this.#isTold = false;
    say('The queue is back; the run continues.');
  }

  async #publish(): Promise<void> {
    const { redis } = this.#settings.connection;
    const { description, coordinator } = this.#keys;
    await redis.set(coordinator, 'here', 'PX', COORDINATOR_MS);
    const { version, output } = this.#description;
    const entry = { format: FORMAT, version, output, since: this.#settings.clock.now() };
    await redis.hsetnx(RUNS_KEY, this.#id, JSON.stringify(entry));
    // Of a Redis that keeps nothing this is gone after a restart.
    await redis.set(description, JSON.stringify(this.#description), 'PX', KEPT_MS);
    await this.#publishSets();
    if (this.#beats++ % TOUCH_EVERY === 0) await touchKeys(redis, this.#keys);
  }

  /** Said of what the group of a worker waits for. */
  #away(worker: Registration): Away | undefined {
    const { connection } = this.#settings;
    const { trouble: what } = connection;
    if (what !== undefined)
      return { what, code: connection.awayMs > 0 ? 'queue-unreachable' : 'queue-refuses' };
    const group = this.workers.ofGroup(worker.pixelGroup);
    if (group.length === 0)
      return {
        what: `No worker that draws the same pixels as ${worker.name} is available.`,
        code: 'webui-gone',
      };
    // Small things may still be taken where images are not.
    const theirs = group.map(({ trouble }) => trouble);
    const [first] = theirs;
    if (first === undefined || theirs.includes(undefined)) return undefined;
    return { what: first, code: 'queue-refuses' };
  }

  /** @returns what jobs name it */
  #noteSet(requests: readonly ImageRequest[]): string {
    const set = setOf(requests);
    this.#sets.set(set, JSON.stringify(requests));
    return set;
  }

  async #publishSets(): Promise<void> {
    const { redis } = this.#settings.connection;
    for (const [set, text] of this.#sets) {
      const key = this.#keys.set(set);
      if ((await redis.exists(key)) === 0) await redis.set(key, text, 'PX', KEPT_MS);
    }
  }

  #queueOf(name: string, isTold: boolean): GroupJobs {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const jobs = new GroupJobs(this.#settings.connection, this.#keys, name, isTold);
    this.#queues.set(name, jobs);
    return jobs;
  }

  #later(work: Promise<unknown>): void {
    const done = work.catch(() => undefined).finally(() => this.#farewells.delete(done));
    this.#farewells.add(done);
  }
}

function setOf(requests: readonly ImageRequest[]): string {
  return shortHash(requests);
}

function scoringOf(judge: Judge, requests: readonly ImageRequest[]): ScoreHere {
  return async ({ record, file }, { id, label }, asking, signal) => {
    const request = requests.find((one) => one.id === record.request);
    if (request === undefined) throw new Error(`there is no request ${record.request}`);
    const reported = {
      seed: record.seed,
      modelName: null,
      modelHash: null,
      samplerName: null,
      width: null,
      height: null,
      infotext: file.infotext,
    };
    const { index, seconds } = record;
    const image = { request, index, bytes: file.bytes, reported, seconds };
    // Whoever drew it has looked at its size.
    return judgeImage(
      { judge, checksSize: false, asking },
      image,
      signal,
      label === undefined ? id : undefined,
    );
  };
}
