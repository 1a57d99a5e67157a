/** A worker in the service of one run: registered as long as it lives, one job at a time, and gone as it came. */
import { counted } from '../../shared/counted.ts';
import { onAbort } from '../../shared/abort/on-abort.ts';
import type { Job as QueuedJob, Worker } from 'bullmq';
import { followAbort } from '../../shared/abort/follow-abort.ts';
import type { Clock } from '../../shared/clock.ts';
import { within } from '../../shared/within.ts';
import type { Evaluator } from '../../trial/evaluator.ts';
import type { ImageRecord } from '../../types.ts';
import { FAREWELL_MS, type QueueConnection } from '../connection.ts';
import { FORMAT, jobSchema, type News, type Registration } from '../contract.ts';
import { groupQueue, workerQueue } from '../keys.ts';
import { removeKeys } from '../run-keys.ts';
import { Shelf } from '../shelf.ts';
import { carryOut } from './carry-out.ts';
import { requestsOf, type FoundRun } from './find-run.ts';
import type { OpenedServer } from './open-server.ts';
import { untilOver } from './until-over.ts';

export interface ServiceSettings {
  readonly connection: QueueConnection;
  readonly run: FoundRun;
  readonly server: OpenedServer;
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** Seconds without a sign of life after which its work goes to others. */
  readonly lease: number;
  readonly clock: Clock;
  readonly say: (sentence: string) => void;
  /** Told of every image that was made, and of what it does. */
  readonly onImage: (record: ImageRecord) => void;
  readonly onState: (state: 'idle' | 'working' | 'down') => void;
  /** Aborted when it is to come to rest after the image that it is making. */
  readonly drain: AbortSignal;
  /** Runs that this worker cannot serve now. */
  readonly isExcluded: (run: string) => boolean;
  /** Around what the WebUI does. */
  readonly whileDrawing: <T>(work: Promise<T>) => Promise<T>;
}

const GONE = 'this job is no longer needed';

/** Serves until the run is over or the worker is drained. Never throws what Redis throws while it is away. */
export async function serve(settings: ServiceSettings): Promise<void> {
  await new ServedRun(settings).work();
}

interface CurrentJob {
  readonly id: string;
  /** Nobody wants anything of it any more. */
  readonly abort: () => void;
  /** Others have it: the image that is being made is the last one. */
  readonly lose: () => void;
}

class ServedRun {
  readonly #settings: ServiceSettings;
  readonly #shelf: Shelf;
  readonly #evaluators = new Map<string, Promise<Evaluator>>();
  #workers: readonly Worker[] = [];
  /** Of the job under way; the next one waits for it, whichever queue it is from. */
  #turn: Promise<unknown> = Promise.resolve();
  #isBusy = false;
  #isDown = false;
  #current: CurrentJob | undefined;

  constructor(settings: ServiceSettings) {
    this.#settings = settings;
    this.#shelf = new Shelf(settings.connection, settings.run.keys);
  }

  async work(): Promise<void> {
    const { server, id, lease, drain, connection } = this.#settings;
    const beat = (): void => void this.#beat().catch(() => undefined);
    const beating = setInterval(beat, (lease * 1000) / 3);
    // It may have forgotten who is there.
    const stopBeatingWhenBack = connection.listen({ onBack: beat });
    try {
      await this.#beat();
      this.#workers = [groupQueue(server.pixelGroup), workerQueue(id)].map((name) => this.#take(name));
      const stopListening = onAbort(drain, () => void this.#pause());
      await untilOver({
        ...this.#settings,
        isBusy: () => this.#isBusy,
        current: () => this.#current,
      });
      stopListening();
    } finally {
      // It lives until its last job is with others.
      await this.#pause();
      await this.#turn.catch(() => undefined);
      // BullMQ waits for good for a connection that it closes while it looks for Redis.
      await within(FAREWELL_MS, closeAll(this.#workers));
      clearInterval(beating);
      stopBeatingWhenBack();
      await this.#unregister();
    }
  }

  #take(name: string): Worker {
    const { connection, run, lease } = this.#settings;
    const { bullmq, redis } = connection;
    const worker = new bullmq.Worker(
      name,
      async (queued: QueuedJob, token) => this.#inTurn(async () => this.#process(queued, token)),
      {
        connection: redis,
        prefix: run.keys.prefix,
        lockDuration: lease * 1000,
        stalledInterval: (lease * 1000) / 2,
        // However often its workers die: it is the images that count.
        maxStalledCount: 1_000_000,
        drainDelay: 2,
        concurrency: 1,
        runRetryDelay: 1000,
      },
    );
    // While Redis is away it says so again and again.
    worker.on('error', () => undefined);
    // It was held for longer than its lease, or Redis forgot.
    worker.on('lockRenewalFailed', (ids) => {
      if (this.#current !== undefined && ids.includes(this.#current.id)) this.#current.lose();
    });
    return worker;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const mine = before.catch(() => undefined).then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #process(queued: QueuedJob, token: string | undefined): Promise<unknown> {
    const { run, name, drain, onImage, onState, connection, say, whileDrawing } = this.#settings;
    const { bullmq, redis } = connection;
    const id = queued.id ?? '';
    const job = jobSchema.safeParse(queued.data).data;
    if (job === undefined || (await redis.sismember(run.keys.cancelled, id)) === 1)
      throw new bullmq.UnrecoverableError(GONE);
    if (drain.aborted || this.#isDown) {
      await queued.moveToWait(token);
      throw new bullmq.WaitingError();
    }
    const following = followAbort(undefined);
    const until = followAbort(drain);
    this.#current = { id, abort: () => following.abort(new Error(GONE)), lose: () => until.abort() };
    this.#isBusy = true;
    onState('working');
    let told: Promise<unknown> = Promise.resolve();
    const tell = (news: News): void => {
      told = told.then(async () => queued.updateProgress(news)).catch(() => undefined);
    };
    tell({ kind: 'taken', worker: name });
    try {
      const evaluator = await this.#evaluatorOf(job.set);
      const isScored = run.description.scoreAt === 'worker';
      const setting = {
        worker: name,
        evaluator,
        shelf: this.#shelf,
        isScored,
        tell,
        onImage,
        drain,
        whileDrawing,
      };
      const done = await carryOut(job, {
        ...setting,
        until: until.signal,
        signal: following.signal,
        onLost: (images, why) => say(`${counted(images, 'finished image')} could not be saved. ${why}`),
      });
      await told;
      if (typeof done !== 'string') return done;
      if (done === 'back-because-draining' && !drain.aborted) {
        say('The job took too long and went to another worker; its finished images count.');
        throw new bullmq.UnrecoverableError(GONE);
      }
      if (done === 'back-because-gone') this.#goDown();
      say(
        done === 'back-because-gone'
          ? 'The WebUI is not answering: its work goes back to the queue, and no new work is accepted until it is back.'
          : 'The rest of the job goes back to the queue.',
      );
      await queued.moveToWait(token);
      throw new bullmq.WaitingError();
    } catch (error) {
      if (following.signal.aborted) throw new bullmq.UnrecoverableError(GONE);
      throw error;
    } finally {
      this.#isBusy = false;
      this.#current = undefined;
      following.release();
      until.release();
      onState(this.#isDown ? 'down' : 'idle');
    }
  }

  async #evaluatorOf(set: string): Promise<Evaluator> {
    const { run, server, connection } = this.#settings;
    const known = this.#evaluators.get(set);
    if (known !== undefined) return known;
    const making = requestsOf(connection.redis, run.keys, set).then(async (requests) => {
      if (requests === undefined) throw new Error('the requests of the job are not in Redis');
      return server.createEvaluator(requests);
    });
    this.#evaluators.set(set, making);
    making.catch(() => this.#evaluators.delete(set));
    return making;
  }

  /** Nothing is taken until the WebUI answers again. */
  #goDown(): void {
    const { server, drain, say, onState } = this.#settings;
    this.#isDown = true;
    void this.#pause();
    void this.#beat().catch(() => undefined);
    void server
      .comeBack(drain)
      .then(async () => {
        this.#isDown = false;
        onState('idle');
        say('The WebUI is back; accepting work again.');
        await this.#beat();
        for (const worker of this.#workers) await worker.resume();
      })
      .catch((error: unknown) => {
        if (!drain.aborted) say(`The WebUI is no longer usable (${String(error)}).`);
      });
  }

  async #pause(): Promise<void> {
    await Promise.all(this.#workers.map(async (worker) => worker.pause(true))).catch(() => undefined);
  }

  async #beat(): Promise<void> {
    const { connection, run, server, id, name, version, lease } = this.#settings;
    // What is asked while it is away would be told late.
    if (connection.awayMs > 0) return;
    const { address, rendererName, pixelGroup, report, capabilities, proof, warnings } = server;
    const { untaken: trouble } = connection;
    const said: Registration = {
      format: FORMAT,
      version,
      id,
      name,
      address,
      rendererName,
      pixelGroup,
      report,
      capabilities,
      proof,
      warnings,
      state: this.#isDown ? 'down' : 'ready',
      ...(trouble !== undefined && { trouble }),
    };
    await connection.beat(async () =>
      connection.redis
        .multi()
        .sadd(run.keys.workers, id)
        .set(run.keys.worker(id), JSON.stringify(said), 'PX', lease * 1000)
        .exec(),
    );
  }

  async #unregister(): Promise<void> {
    const { connection, run, id } = this.#settings;
    const { redis } = connection;
    if (connection.awayMs > 0) return;
    try {
      await redis.multi().srem(run.keys.workers, id).del(run.keys.worker(id)).exec();
      // The run was cleared away while this worker still listened to it: what that has left would stay for good.
      if ((await redis.exists(run.keys.description)) === 0) await removeKeys(redis, run.keys);
    } catch {
      // Signs of life end by themselves.
    }
  }
}

async function closeAll(workers: readonly Worker[]): Promise<void> {
  await Promise.allSettled(workers.map(async (worker) => worker.close()));
}
