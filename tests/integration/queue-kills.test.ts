/**
 * Deaths of workers, of the search and of a real Redis, at random moments. Whoever dies is cut off from Redis in the middle
 * of what it says, and nothing that it does later reaches anybody: to the others that is kill -9. What a search has written by then
 * is all that the next one goes on with. Redis is killed for real; processes are in tests/process/queue-kills.test.ts, and
 * `npm run bench -- queue-kills` kills a hundred of them.
 */
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { withQueue } from '../../src/cli/commands/runs/queued-run.ts';
import { shelvedImageSchema } from '../../src/queue/contract.ts';
import { parseJournal } from '../../src/journal/read.ts';
import { defaultEnvironment } from '../../src/run/environment.ts';
import { resumeRun, runSearch } from '../../src/run/run.ts';
import { isExpected } from '../../src/shared/errors.ts';
import { ownVersion } from '../../src/shared/own-version.ts';
import { createUniform } from '../../src/shared/random.ts';
import { startWorker } from '../helpers/queue-worker.ts';
import { hasRedis, startRedis, type TestRedis } from '../helpers/redis.ts';
import { searchTiny, temporaryFolder, timelessCsv, tinyConfig } from '../helpers/run-search.ts';
import { startSeverable, type Severable } from '../helpers/severable.ts';
import { filesIn } from '../helpers/files-in.ts';

const KILLS = 100;
/** At the same time, each with a search of its own: most of a kill is waiting for the lease of the dead. */
const STORMS = 4;
const WORKERS = 2;
const IMAGE_MS = 15;
const CONFIG = { iterations: 8, retries: 2, reconnect: 10 };
const PAYLOAD = { n_iter: 4 };

interface Deaths {
  worker: number;
  coordinator: number;
  redis: number;
}

interface Place {
  readonly redis: TestRedis;
  /** Where the dead go on talking. */
  readonly afterlife: TestRedis;
  /** Its own database of both. */
  readonly db: number;
}

/** Somebody who can die. What they still do after that ends by itself. */
class Mortal<T> {
  readonly done: Promise<T>;
  isDead = false;
  readonly #link: Severable;
  readonly #elsewhere: number;
  readonly #controller = new AbortController();

  private constructor(link: Severable, elsewhere: number, live: Life<T>, { db }: Place) {
    this.#link = link;
    this.#elsewhere = elsewhere;
    this.done = untilClosed(live(`redis://127.0.0.1:${link.port}/${db}`, this.#controller.signal), link);
    this.done.catch(() => undefined);
  }

  static async begin<T>(place: Place, live: Life<T>): Promise<Mortal<T>> {
    const link = await startSeverable(place.redis.port);
    return new Mortal(link, place.afterlife.port, live, place);
  }

  /** @returns when nothing of it is left */
  async die(): Promise<void> {
    this.isDead = true;
    this.#link.sever(this.#elsewhere);
    await this.end();
  }

  /** As it ends on its own. */
  async end(): Promise<void> {
    this.#controller.abort();
    await this.done.catch(() => undefined);
  }
}

type Life<T> = (url: string, signal: AbortSignal) => Promise<T>;

async function untilClosed<T>(life: Promise<T>, link: Severable): Promise<T> {
  try {
    return await life;
  } finally {
    await link.close();
  }
}

/** What became of the images of all searches. */
interface Damage {
  /** Finished images that lay in the queue at some time. */
  seen: number;
  /** Of those, what was lost, or made again and then counted. */
  readonly lost: string[];
  readonly twice: string[];
  /** Of searches that had other rows than the undisturbed one. */
  readonly differing: string[];
}

class Storm {
  readonly deaths: Deaths = { worker: 0, coordinator: 0, redis: 0 };
  readonly damage: Damage = { seen: 0, lost: [], twice: [], differing: [] };
  readonly #place: Place;
  readonly #random: () => number;
  readonly #looking: Redis;
  readonly #graves: Promise<void>[] = [];
  readonly #workers: Promise<Mortal<void>>[];
  /** Finished images that lay in the queue, by trial and image, with their seconds: no two of all images have the same. */
  readonly #seen = new Map<string, number>();
  #isOver = false;

  constructor(place: Place, seed: number) {
    this.#place = place;
    this.#random = createUniform(seed, place.db);
    this.#looking = new Redis({ port: place.redis.port, db: place.db, maxRetriesPerRequest: null });
    this.#looking.on('error', () => undefined);
    this.#workers = Array.from({ length: WORKERS }, async (_, n) => this.#newWorker(n));
  }

  /** Runs searches until there were that many deaths. @param rows of the undisturbed search */
  async rage(kills: number, rows: string): Promise<void> {
    const left = (): boolean => this.deaths.worker + this.deaths.coordinator + this.deaths.redis < kills;
    while (left()) await this.#search(left, rows);
    this.#isOver = true;
    await Promise.all(this.#workers.map(async (worker) => (await worker).end()));
    await Promise.all(this.#graves);
    this.#looking.disconnect();
  }

  async #search(left: () => boolean, rows: string): Promise<void> {
    this.#seen.clear();
    let folder = temporaryFolder('kills');
    let search = await this.#newSearch(folder);
    for (;;) {
      const isOver = await Promise.race([
        search.done.then(
          () => true,
          () => true,
        ),
        this.#moment(left()),
      ]);
      if (isOver) {
        const end = await search.done.catch((error: unknown) => error);
        if (end === 'goal') break;
        // Redis was away when it began.
        if (!isExpected(end) || end.code !== 'queue-unreachable')
          throw new Error(`the search ended with ${String(end)}`);
        search = await this.#newSearch(folder);
        continue;
      }
      if (!left()) continue;
      await this.#note();
      const lot = this.#random();
      const { worker, coordinator, redis } = this.deaths;
      // By chance it would sometimes not die at all.
      const isRedis = this.#place.db === 0 && (worker + coordinator + redis) % 5 === 4;
      if (lot < 0.45 && !isRedis) {
        const n = Math.floor(this.#random() * WORKERS);
        this.#bury(await this.#workers[n]);
        this.#workers[n] = this.#newWorker(n);
        this.deaths.worker++;
      } else if (!isRedis) {
        // What is on the disk at this moment is left.
        const copy = temporaryFolder('kills');
        this.#bury(search);
        if (journalIn(folder) === undefined) this.#seen.clear();
        else cpSync(folder, copy, { recursive: true, filter: (file) => !/\.(?:lock|tmp)$/.test(file) });
        folder = copy;
        // What workers finish in between lies in the queue until the next one takes it.
        await sleep(3 * IMAGE_MS);
        await this.#note();
        search = await this.#newSearch(folder);
        this.deaths.coordinator++;
      } else {
        await this.#place.redis.kill();
        await sleep(this.#random() * 300);
        await this.#place.redis.start();
        this.deaths.redis++;
      }
    }
    this.#compare(folder, rows);
  }

  #bury(mortal: Mortal<unknown> | undefined): void {
    if (mortal !== undefined) this.#graves.push(mortal.die());
  }

  /** Mostly somewhere within the images that are made then, sometimes at once. @returns false */
  async #moment(isKilling: boolean): Promise<boolean> {
    const before = this.#seen.size;
    const deadline = performance.now() + (isKilling && this.#random() < 0.7 ? 5000 : 0);
    while (this.#seen.size === before && performance.now() < deadline) {
      await sleep(20);
      await this.#note();
    }
    await sleep(this.#random() * 150);
    return false;
  }

  async #note(): Promise<void> {
    for (const key of await this.#looking.keys('autombw:*:shelf:*')) {
      const [, trial = ''] = /:shelf:\S+-(\d+)-\w+-\d+$/.exec(key) ?? [];
      for (const [field, text] of Object.entries(await this.#looking.hgetall(key))) {
        if (!field.startsWith('image ')) continue;
        const { record } = shelvedImageSchema.parse(JSON.parse(text));
        this.#seen.set(`${trial} ${record.request} ${record.index}`, record.seconds);
      }
    }
  }

  #compare(folder: string, rows: string): void {
    const journal = journalIn(folder) ?? '';
    const { lost, twice, differing } = this.damage;
    const recorded = new Map<string, number>();
    for (const record of parseJournal(readFileSync(journal, 'utf8'), 'the test').records) {
      if (record.kind !== 'scored') continue;
      for (const { request, index, seconds } of record.images) {
        const key = `${record.trial} ${request} ${index}`;
        if (recorded.has(key)) twice.push(key);
        recorded.set(key, seconds);
      }
    }
    for (const [key, seconds] of this.#seen)
      if (recorded.get(key) !== seconds) lost.push(`${key}: ${seconds}, recorded ${recorded.get(key)}`);
    const own = rowsOf(readFileSync(journal.replace(/\.journal\.jsonl$/, '.csv'), 'utf8'));
    if (own !== rows) differing.push(own);
    this.damage.seen += this.#seen.size;
  }

  async #newWorker(n: number): Promise<Mortal<void>> {
    const mortal = await Mortal.begin(this.#place, async (url, signal) => {
      const worker = await startWorker(url, `worker ${n}`, {
        version: ownVersion(),
        lease: 1,
        seconds: nextSeconds,
        onImage: async () => sleep(IMAGE_MS),
      });
      await onceAborted(signal);
      await worker.drain();
    });
    mortal.done.catch(async () => {
      // Redis was away when it began.
      await sleep(100);
      if (!mortal.isDead && !this.#isOver) this.#workers[n] = this.#newWorker(n);
    });
    return mortal;
  }

  async #newSearch(folder: string): Promise<Mortal<string>> {
    return Mortal.begin(this.#place, async (queue, signal) => {
      const { environment, close } = withQueue(defaultEnvironment({ signal }));
      const journal = journalIn(folder);
      try {
        const { reason } =
          journal === undefined
            ? await runSearch(
                tinyConfig({ folder, payload: PAYLOAD, config: { ...CONFIG, queue } }),
                environment,
              )
            : await resumeRun(journal, { queue }, environment);
        return reason.kind === 'goal' ? 'goal' : reason.message;
      } finally {
        await close();
      }
    });
  }
}

let images = 0;
const nextSeconds = (): number => ++images / 1e6;

async function onceAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/** Undefined before its first line is written. */
function journalIn(folder: string): string | undefined {
  const found = filesIn(folder)
    .filter((file) => file.endsWith('.journal.jsonl'))
    .map((file) => path.join(folder, file))
    .filter((file) => readFileSync(file, 'utf8').includes('\n'));
  return found[0];
}

/** Scores and weights, whatever the order in which open iterations were finished. */
function rowsOf(csv: string): string {
  return timelessCsv(csv).trimEnd().split('\n').toSorted().join('\n');
}

it.skipIf(!hasRedis)(
  'loses no finished image and counts none twice, whoever dies and whenever',
  { timeout: 600_000 },
  async () => {
    const calm = await searchTiny({ config: CONFIG, payload: PAYLOAD });
    const redis = await startRedis();
    const afterlife = await startRedis({ isDurable: false });
    const storms = Array.from({ length: STORMS }, (_, db) => new Storm({ redis, afterlife, db }, 8));
    await Promise.all(storms.map(async (storm) => storm.rage(KILLS / STORMS, rowsOf(calm.csv))));
    for (const { damage } of storms) {
      expect(damage).toMatchObject({ lost: [], twice: [], differing: [] });
      expect(damage.seen).toBeGreaterThan(0);
    }
    const all = (kind: keyof Deaths): number => storms.reduce((sum, { deaths }) => sum + deaths[kind], 0);
    expect(all('worker') + all('coordinator') + all('redis')).toBe(KILLS);
    for (const kind of ['worker', 'coordinator', 'redis'] as const) expect(all(kind)).toBeGreaterThan(0);
  },
);
