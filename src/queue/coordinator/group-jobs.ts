/** The jobs of one pixel group: put in its queue, followed until they are answered, and put in again where Redis lost them. */
import { onAbort } from '../../shared/abort/on-abort.ts';
import type { Job as QueuedJob, Queue, QueueEvents } from 'bullmq';
import {
  answerSchema,
  jobSchema,
  newsSchema,
  type Answer,
  type Job,
  type MeasureJob,
  type News,
} from '../contract.ts';
import type { QueueConnection } from '../connection.ts';
import { KEPT_MS, type RunKeys } from '../keys.ts';

/** Looked at again even where nothing was told: news may be lost. */
const LOOK_MS = 2000;

interface Followed {
  readonly onNews: (news: News) => void;
  readonly look: () => void;
}

/** A job that is there, whichever process put it in. */
export interface QueuedMeasuring {
  readonly id: string;
  readonly job: MeasureJob;
  readonly isDone: boolean;
}

export class GroupJobs {
  readonly #connection: QueueConnection;
  readonly #redis: QueueConnection['redis'];
  readonly #cancelled: string;
  readonly #queue: Queue;
  readonly #events: QueueEvents | undefined;
  readonly #followed = new Map<string, Followed>();

  /** @param isTold whether news come as they happen; otherwise answers alone are looked for */
  constructor(connection: QueueConnection, { prefix, cancelled }: RunKeys, name: string, isTold: boolean) {
    const { bullmq, redis } = connection;
    this.#connection = connection;
    this.#redis = redis;
    this.#cancelled = cancelled;
    this.#queue = new bullmq.Queue(name, { connection: redis, prefix });
    this.#queue.on('error', () => undefined);
    if (!isTold) return;
    this.#events = new bullmq.QueueEvents(name, { connection: redis, prefix });
    this.#events.on('error', () => undefined);
    this.#events.on('progress', ({ jobId, data }) => {
      const news = newsSchema.safeParse(data).data;
      if (news !== undefined) this.#followed.get(jobId)?.onNews(news);
    });
    for (const event of ['completed', 'failed', 'stalled'] as const)
      this.#events.on(event, ({ jobId }: { readonly jobId: string }) => this.#followed.get(jobId)?.look());
  }

  /** Is an answer waited for? Whoever does that says what is in its way. */
  get isFollowed(): boolean {
    return this.#followed.size > 0;
  }

  /** Jobs that wait for a worker. */
  async depth(): Promise<number> {
    const { waiting = 0, prioritized = 0 } = await this.#queue.getJobCounts('waiting', 'prioritized');
    return waiting + prioritized;
  }

  /** What was asked for at a place of the shelf. */
  async at(place: string): Promise<readonly QueuedMeasuring[]> {
    const queued = await this.#queue.getJobs(['waiting', 'active', 'prioritized', 'completed']);
    return queued.flatMap((one) => {
      // Between the look for ids and the look at jobs one may have gone.
      const job = jobSchema.safeParse((one as QueuedJob | undefined)?.data).data;
      if (job?.kind !== 'measure' || job.shelf !== place || one.id === undefined) return [];
      return { id: one.id, job, isDone: one.finishedOn !== undefined };
    });
  }

  /** Nothing is wanted at that place any more, by whoever it was asked for. */
  async clear(place: string): Promise<void> {
    for (const { id, isDone } of await this.at(place)) await (isDone ? this.remove(id) : this.cancel(id));
  }

  /** Whoever works on it stops; whoever would take it later does not. */
  async cancel(id: string): Promise<void> {
    try {
      await this.#redis.multi().sadd(this.#cancelled, id).pexpire(this.#cancelled, KEPT_MS).exec();
    } finally {
      await this.remove(id);
    }
  }

  /**
   * A job with an id that is there already is that one, whichever process put it in.
   * @throws the signal's reason; what Redis throws once it is closed
   */
  async answer(
    id: string,
    job: Job,
    signal: AbortSignal,
    onNews: (news: News) => void = () => undefined,
  ): Promise<Answer> {
    let wake = (): void => undefined;
    const followed: Followed = { onNews, look: () => wake() };
    this.#followed.set(id, followed);
    try {
      for (;;) {
        signal.throwIfAborted();
        const timeToLook = new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOOK_MS);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        const stopListening = onAbort(signal, () => wake());
        try {
          const answer = await this.#lookFor(id, job, signal);
          if (answer !== undefined) return answer;
          await timeToLook;
        } finally {
          stopListening();
          wake();
        }
      }
    } finally {
      if (this.#followed.get(id) === followed) this.#followed.delete(id);
    }
  }

  /** It is answered, or nobody wants the answer: one that is being worked on is left to its worker. */
  async remove(id: string): Promise<void> {
    const job = await this.#job(id);
    await job?.remove().catch(() => undefined);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#queue.close(), this.#events?.close()]);
  }

  /** @returns undefined where it is under way */
  async #lookFor(id: string, job: Job, signal: AbortSignal): Promise<Answer | undefined> {
    const known = await this.#job(id);
    if (known === undefined) {
      // An earlier session may have wanted nothing of it any more.
      await this.#redis.srem(this.#cancelled, id);
      const options = { jobId: id, removeOnComplete: false, removeOnFail: true };
      await this.#connection.persist(async () => this.#queue.add(job.kind, job, options), signal);
      return undefined;
    }
    const state = await known.getState();
    if (state === 'failed' || state === 'unknown') {
      // A worker threw something that nobody expects; it has said so, and the next one may fare better. Or Redis has lost the list
      // that the job was in.
      await known.remove().catch(() => undefined);
      return undefined;
    }
    if (state !== 'completed') return undefined;
    const finished = await this.#job(id);
    const answer = answerSchema.safeParse(finished?.returnvalue).data;
    if (answer === undefined) await this.remove(id);
    return answer;
  }

  async #job(id: string): Promise<QueuedJob | undefined> {
    return (await this.#queue.getJob(id)) ?? undefined;
  }
}
