/** Whatever happens to the servers of a fleet, and whenever: nothing is lost, nothing comes twice, nothing hangs. */
import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  integer,
  option,
  record,
  type Arbitrary,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fleet } from '../../../src/fleet/fleet.ts';
import type { ImageRef, Outcome } from '../../../src/trial/evaluator.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';
import { IS_NIGHTLY } from '../../setup/settings.ts';
import { makeRequest } from '../renderers/make-request.ts';
import { ScriptedServer } from './scripted-server.ts';

const RUNS = IS_NIGHTLY ? 2000 : 150;

interface Incident {
  /** Milliseconds after the one before. */
  readonly after: number;
  readonly server: number;
  readonly what: 'down' | 'up' | 'leave' | 'join' | 'die' | 'refuse';
}

interface Case {
  /** The pixel group of each server. */
  readonly servers: readonly ('x' | 'y')[];
  readonly trials: number;
  /** Open at a time. */
  readonly open: number;
  /** Images by request. */
  readonly requests: readonly number[];
  readonly incidents: readonly Incident[];
  /** Every so many images is one that never comes. */
  readonly missing: number | null;
  /** When everything is broken off. */
  readonly abortAfter: number | null;
}

const INCIDENT: Arbitrary<Incident> = record({
  after: integer({ min: 0, max: 9000 }),
  server: integer({ min: 0, max: 4 }),
  what: constantFrom('down', 'up', 'up', 'leave', 'join', 'join', 'die', 'refuse'),
});

const CASE: Arbitrary<Case> = record({
  servers: array(constantFrom('x', 'x', 'y'), { minLength: 1, maxLength: 5 }),
  trials: integer({ min: 1, max: 8 }),
  open: integer({ min: 1, max: 4 }),
  requests: array(integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 5 }),
  incidents: array(INCIDENT, { maxLength: 12 }),
  missing: option(integer({ min: 2, max: 9 })),
  abortAfter: option(integer({ min: 0, max: 60_000 }), { freq: 3 }),
});

interface Told {
  readonly trial: number;
  readonly wanted: readonly ImageRef[];
  readonly outcome: Outcome;
}

interface Played {
  readonly told: readonly Told[];
  readonly servers: readonly ScriptedServer[];
  readonly requests: readonly ReturnType<typeof makeRequest>[];
  readonly notices: readonly string[];
  readonly pins: Readonly<Record<string, string>>;
  readonly log: string;
  /** Of the signal, by evaluation: how long after the abort it was thrown. */
  readonly lateBy: readonly number[];
}

async function play({
  servers: groups,
  trials,
  open,
  requests: counts,
  incidents,
  missing,
  abortAfter,
}: Case): Promise<Played> {
  const clock = new VirtualClock();
  const requests = counts.map((count, n) =>
    makeRequest({}, { id: `cats/${n}`, seeds: Array.from({ length: count }, (_, seed) => seed) }),
  );
  const all = requests.flatMap(({ id, seeds }) => seeds.map((_, index) => ({ request: id, index })));
  const names = [...new Set(groups)];
  const pins = Object.fromEntries(requests.map(({ id }, n) => [id, names[n % names.length] ?? '']));
  const isMissing = (trial: number, { request, index }: ImageRef): boolean =>
    missing !== null && (trial * 7 + Number(request.slice(5)) * 3 + index) % missing === 0;
  const create = (n: number): ScriptedServer =>
    new ScriptedServer({
      name: `gpu${n}`,
      clock,
      pixelGroup: groups[n] ?? 'x',
      imageMs: 900 + 211 * n,
      mergeMs: 500,
      isMissing,
      comesBack: n % 3 !== 2,
    });
  const servers = groups.map((_, n) => create(n));
  const everyServer = [...servers];
  const notices: string[] = [];
  const fleet = new Fleet({
    requests,
    pins,
    clock,
    reconnect: 1,
    onNotice: ({ message }) => void notices.push(message),
  });
  for (const { member } of servers) fleet.join(member);
  const controller = new AbortController();
  const reason = new Error('stopped');
  const told: Told[] = [];
  const lateBy: number[] = [];
  let abortedAt: number | undefined;
  let next = 1;
  let isOver = false;
  const happen = async (): Promise<void> => {
    for (const { after, server, what } of incidents) {
      await clock.sleep(after);
      const n = server % servers.length;
      const one = servers[n];
      if (one === undefined) continue;
      if (what === 'down') one.isUp = false;
      if (what === 'up') one.isUp = true;
      if (what === 'refuse') one.failsNext = { code: 'webui-auth', message: 'Login.', ends: 'run' };
      if (what === 'leave') fleet.leave(one.member.name, 'It was told to.');
      if (what === 'die') {
        one.isDead = true;
        fleet.leave(one.member.name, 'It is silent.');
      }
      if (what === 'join') {
        if (one.isDead) {
          const another = create(n);
          servers[n] = another;
          everyServer.push(another);
        }
        fleet.join(servers[n]?.member ?? one.member);
      }
    }
  };
  const work = async (): Promise<void> => {
    const evaluator = fleet.evaluator();
    while (next <= trials && !isOver) {
      const trial = next++;
      try {
        const outcome = await evaluator.evaluate(
          { id: trial, weights: {} },
          { images: all },
          controller.signal,
          {},
        );
        told.push({ trial, wanted: all, outcome });
        if (outcome.failure?.ends === 'run') isOver = true;
      } catch (error) {
        if (error !== reason) throw error;
        lateBy.push(clock.now() - (abortedAt ?? -1));
        isOver = true;
      }
    }
  };
  void happen();
  if (abortAfter !== null) {
    void clock.sleep(abortAfter).then(() => {
      abortedAt = clock.now();
      controller.abort(reason);
    });
  }
  await clock.run(Promise.all(Array.from({ length: open }, work)));
  fleet.close();
  const log = JSON.stringify({
    told,
    drawn: everyServer.map(({ drawn }) => drawn),
    notices,
    at: clock.now(),
  });
  return { told, servers: everyServer, requests, notices, pins, log, lateBy };
}

const keyOf = ({ request, index }: ImageRef): string => `${request}#${index}`;

describe('a fleet, whatever happens to its servers', () => {
  it('gives every image once, or says that it is missing or why there is none, from the pinned group', async () => {
    await assert(
      asyncProperty(CASE, async (one) => {
        const { told, servers, pins } = await play(one);
        expect(servers.flatMap(({ violations }) => violations)).toEqual([]);
        for (const { wanted, outcome } of told) {
          const images = outcome.images.map(keyOf);
          const missing = outcome.missing.map(keyOf);
          expect(new Set([...images, ...missing]).size).toBe(images.length + missing.length);
          const order = wanted.map(keyOf);
          expect(images).toEqual(order.filter((key) => images.includes(key)));
          expect(missing).toEqual(order.filter((key) => missing.includes(key)));
          // After a failure some may not have been asked for.
          const known = outcome.failure === null ? [...images, ...missing] : order;
          expect(known.toSorted()).toEqual(order.toSorted());
          for (const { request, pixels } of outcome.images) expect(pixels).toBe(pins[request]);
        }
        const isWhole =
          one.abortAfter === null && !told.some(({ outcome }) => outcome.failure?.ends === 'run');
        expect(isWhole ? told.length : one.trials).toBe(one.trials);
      }),
      { numRuns: RUNS },
    );
  });

  it('follows a signal at once, even where a server is silent', async () => {
    await assert(
      asyncProperty(CASE, async (one) => {
        const { lateBy } = await play(one);
        for (const late of lateBy) expect(late).toBe(0);
      }),
      { numRuns: RUNS },
    );
  });

  it('does the same when the same happens', async () => {
    await assert(
      asyncProperty(CASE, async (one) => {
        expect((await play(one)).log).toBe((await play(one)).log);
      }),
      { numRuns: Math.ceil(RUNS / 3) },
    );
  });
});
