/** Several WebUIs on one run: over real HTTP against simulators that draw alike or not, go away and come back. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Claims } from '../../src/claims/claims.ts';
import type { RecordOf } from '../../src/journal/record.ts';
import type { RunObserver } from '../../src/observers/observer.ts';
import type { Environment } from '../../src/run/environment.ts';
import { verifyRun } from '../../src/run/verify/verify-run.ts';
import { NEVER_ABORTED } from '../../src/shared/abort/never-aborted.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/index.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import {
  ofKind,
  resumeOn,
  searchOn,
  type SimulatedResult,
  type SimulatedSetting,
} from '../helpers/simulated-search.ts';
import { TINY_PAYLOAD } from '../helpers/work-folder.ts';

const MODELS = ['other', 'modelA', 'modelB'];
const open: Simulator[] = [];

afterEach(async () => {
  for (const simulator of open.splice(0)) await simulator.close();
});

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ models: MODELS, ...options });
  open.push(simulator);
  return simulator;
}

/** As if its process had been killed. */
async function kill(simulator: Simulator): Promise<void> {
  open.splice(open.indexOf(simulator), 1);
  await simulator.close();
}

/** Pauses are a hundred times shorter than it says, and work takes as long as it takes: patience does not depend on this computer. */
function fastClock(): Environment['clock'] {
  let skipped = 0;
  const now = (): number => Date.now() + skipped;
  return {
    now,
    sleep: async (milliseconds, signal) => {
      const until = now() + milliseconds;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds / 100);
        signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
      });
      // Who pauses at the same time waits for the same moment.
      if (!signal.aborted) skipped = Math.max(skipped, until - Date.now());
    },
  };
}

const PAYLOADS = ['one', 'two', 'three', 'four'];

function setting(
  config: Readonly<Record<string, unknown>> = {},
  more: SimulatedSetting = {},
): SimulatedSetting {
  const folder = temporaryFolder();
  const payload = PAYLOADS.map((name, n) => {
    const file = path.join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify({ ...TINY_PAYLOAD, n_iter: 1, seed: 10 * n + 1 }));
    return file;
  });
  return { clock: fastClock(), ...more, config: { payload, folder, iterations: 6, ...config } };
}

/** By weights: in which order iterations finish depends on the moment. */
function imagesOf({ records }: Pick<SimulatedResult, 'records'>): Record<string, string[]> {
  const weights = new Map(
    ofKind(records, 'asked').map(({ trial, weights: of }) => [trial, JSON.stringify(of)]),
  );
  return Object.fromEntries(
    ofKind(records, 'scored').map(({ trial, images }) => [
      weights.get(trial) ?? '',
      images.map(({ request, index, pixels }) => `${request} ${index} ${pixels}`),
    ]),
  );
}

function firstFleet({ records }: Pick<SimulatedResult, 'records'>): RecordOf<'fleet'> {
  const [first] = ofKind(records, 'fleet');
  if (first === undefined) throw new Error('no fleet is recorded');
  return first;
}

/** Every image of every iteration is there once. */
function expectWhole({ records, summary }: SimulatedResult, iterations = 6): void {
  expect(summary.failed).toBe(0);
  const scored = ofKind(records, 'scored').filter(({ repeatOf }) => repeatOf === undefined);
  expect(new Set(scored.map(({ trial }) => trial)).size).toBe(scored.length);
  expect(scored).toHaveLength(iterations);
  for (const { images, missing = [] } of scored) {
    expect(missing).toEqual([]);
    expect(new Set(images.map(({ request, index }) => `${request} ${index}`)).size).toBe(PAYLOADS.length);
  }
}

async function expectVerified({ summary }: SimulatedResult): Promise<void> {
  const { checks } = await verifyRun({ journal: summary.files['journal'] ?? '', signal: NEVER_ABORTED });
  expect(checks.filter(({ state }) => state === 'differs')).toEqual([]);
}

/** Told when so many iterations are finished. */
function after(
  trials: number,
  act: () => Promise<void>,
): RunObserver & { readonly done: () => Promise<void> } {
  let seen = 0;
  let done: Promise<void> = Promise.resolve();
  return {
    name: 'actor',
    onTrial: () => {
      if (++seen === trials) done = act();
    },
    done: async () => done,
  };
}

describe('WebUIs that draw alike', () => {
  it('share a run, which has the images of a run on one of them, and is derived again from its journal', async () => {
    const single = await searchOn([await start()], setting());
    const [one, two] = [await start({ latencyMs: 20 }), await start({ latencyMs: 20 })];
    const told = new Set<string>();
    const listener: RunObserver = {
      name: 'listener of servers',
      onProgress: ({ lane }) => void told.add(lane),
      onServer: ({ lane }) => void told.add(lane),
    };
    const shared = await searchOn([one, two], setting({}, { observers: [listener] }));
    expectWhole(shared);
    expect(imagesOf(shared)).toEqual(imagesOf(single));
    expect([...told].toSorted()).toEqual(
      firstFleet(shared)
        .members.map(({ name }) => name)
        .toSorted(),
    );
    const { members, pins } = firstFleet(shared);
    expect(members.map(({ address }) => address)).toEqual([one.url, two.url]);
    expect(new Set(Object.values(pins))).toEqual(new Set([members[0]?.pixelGroup]));
    expect(members[1]?.pixelGroup).toBe(members[0]?.pixelGroup);
    for (const server of [one, two]) expect(server.stats().images).toBeGreaterThan(8);
    await expectVerified(shared);
    expect(ofKind(single.records, 'fleet')).toEqual([]);
  });

  it('draw the proof together', async () => {
    const servers = [await start({ latencyMs: 10 }), await start({ latencyMs: 10 })] as const;
    const result = await searchOn(servers, setting({ prove: 4, baselines: true, iterations: 4 }));
    const proof = ofKind(result.records, 'proving')[0]?.proof;
    expect(ofKind(result.records, 'fleet').map((entry) => entry.proof)).toEqual([undefined, proof]);
    for (const { images } of ofKind(result.records, 'proved')) expect(images).toHaveLength(4);
    expect(result.summary.proof?.verdict.images).toBe(4);
    await expectVerified(result);
  });
});

describe('WebUIs that draw other pixels', () => {
  it('draw the same images of every iteration each, so that no score compares pictures of both', async () => {
    const alone = await searchOn([await start()], setting());
    const other = await searchOn([await start({ gpu: 'other' })], setting());
    const servers = [await start({ latencyMs: 20 }), await start({ latencyMs: 20, gpu: 'other' })] as const;
    const shared = await searchOn(servers, setting());
    expectWhole(shared);
    const { members, pins } = firstFleet(shared);
    const [here, there] = members.map(({ pixelGroup }) => pixelGroup);
    expect(here).not.toBe(there);
    expect(new Set(Object.values(pins))).toEqual(new Set([here, there]));
    const [fromHere, fromThere] = [imagesOf(alone), imagesOf(other)];
    for (const [weights, images] of Object.entries(imagesOf(shared))) {
      for (const image of images) {
        const group = pins[image.split(' ')[0] ?? ''];
        expect((group === here ? fromHere : fromThere)[weights]).toContain(image);
        expect((group === here ? fromThere : fromHere)[weights]).not.toContain(image);
      }
    }
    expect(shared.notices.join('\n')).toContain('do not draw the same pixels');
    await expectVerified(shared);
  });

  it('are each on their own with --no-check, for nobody knows what they draw', async () => {
    const servers = [await start(), await start()] as const;
    const shared = await searchOn(servers, setting({ check: false }));
    expectWhole(shared);
    const { pins } = firstFleet(shared);
    expect(new Set(Object.values(pins)).size).toBe(2);
  });
});

describe('a WebUI that goes away', () => {
  it('leaves its work to the other, and is proved and taken back when it returns', async () => {
    const [one, two] = [await start({ latencyMs: 30 }), await start({ latencyMs: 30 })];
    const { port } = two;
    let back: Simulator | undefined;
    const dying = after(2, async () => kill(two));
    const returning = after(4, async () => void (back = await start({ port, latencyMs: 30 })));
    const iterations = 16;
    const result = await searchOn([one, two], setting({ iterations }, { observers: [dying, returning] }));
    await returning.done();
    expectWhole(result, iterations);
    expect(result.notices.join('\n')).toMatch(/is unavailable; others draw its images until it is back/);
    expect(result.notices.join('\n')).toMatch(/is back and gets work again/);
    // Its proof, and images.
    expect(back?.stats().images).toBeGreaterThan(6);
    await expectVerified(result);
  });

  it('and is the last ends the run as one alone does; another goes on', async () => {
    const [one, two] = [await start({ latencyMs: 10 }), await start({ latencyMs: 10 })];
    const dying = after(2, async () => {
      await Promise.all([kill(one), kill(two)]);
    });
    const result = await searchOn([one, two], setting({ reconnect: 0.2 }, { observers: [dying] }));
    expect(result.summary.reason.code).toBe('error');
    expect(result.summary.reason.message).toMatch(/is not back|did not come back/);
    expect(result.summary.canResume).toBe(true);
    const journal = result.summary.files['journal'] ?? '';
    const resumed = await resumeOn([await start()], journal, { clock: fastClock() });
    expectWhole(resumed);
    await expectVerified(resumed);
  });

  it('when the run begins is left out, said, and asked again', async () => {
    const [one, two] = [await start({ latencyMs: 30 }), await start({ latencyMs: 30 })];
    const { port } = two;
    await kill(two);
    let late: Simulator | undefined;
    const coming = after(1, async () => void (late = await start({ port, latencyMs: 30 })));
    const iterations = 16;
    const told = new Set<string>();
    const listener: RunObserver = {
      name: 'listener of servers',
      onServer: ({ address, state, sentence }) => void told.add(`${address} ${state} ${sentence}`),
    };
    const observers = [coming, listener];
    const result = await searchOn([two, one], setting({ iterations }, { observers }));
    await coming.done();
    expectWhole(result, iterations);
    expect([...told].filter((one) => one.startsWith(two.url))[0]).toMatch(/ down .* is not used for now: /);
    expect(result.notices.join('\n')).toMatch(/is used from here on/);
    expect(result.notices).toContain('Both WebUIs are as they were before the run.');
    expect(result.summary.leftOut).toEqual([]);
    expect(ofKind(result.records, 'fleet').map(({ members }) => members.length)).toEqual([1, 2]);
    expect(late?.stats().images).toBeGreaterThan(6);
    await expectVerified(result);
  });
});

it('a WebUI that another search uses is taken once that search has ended', async () => {
  const [one, two] = [await start({ latencyMs: 30 }), await start({ latencyMs: 30 })];
  const folder = temporaryFolder();
  const stop = new AbortController();
  const claimsOf = (signal: AbortSignal): Claims =>
    new Claims({ waits: false, say: () => undefined, signal, clock: systemClock, folder });
  const claims = { first: claimsOf(stop.signal), second: claimsOf(NEVER_ABORTED) };
  let isUnderWay = (): void => undefined;
  const underWay = new Promise<void>((resolve) => (isUnderWay = resolve));
  const first = searchOn(
    [one],
    setting(
      { webui: one.url, iterations: 1000 },
      { claims: claims.first, signal: stop.signal, observers: [{ name: 'first', onTrial: isUnderWay }] },
    ),
  );
  await underWay;
  const ending = after(2, async () => {
    stop.abort();
    await first;
    claims.first.release();
  });
  const iterations = 16;
  const result = await searchOn(
    [one, two],
    setting({ webui: [one.url, two.url], iterations }, { claims: claims.second, observers: [ending] }),
  );
  await ending.done();
  claims.second.release();
  expect((await first).summary.reason.code).toBe('interrupted');
  expectWhole(result, iterations);
  const notices = result.notices.join('\n');
  expect(notices).toMatch(/is used from here on/);
  expect(notices).toContain('Both WebUIs are as they were before the run.');
  expect(result.summary.leftOut).toEqual([]);
  expect(ofKind(result.records, 'fleet').map(({ members }) => members.length)).toEqual([1, 2]);
  await expectVerified(result);
});

describe('a run that goes on', () => {
  it('with one fewer and then one more has the images of one that was never stopped', async () => {
    const expected = await searchOn([await start()], setting({ iterations: 9 }));
    const [one, two, three] = [await start(), await start(), await start()];
    const begun = await searchOn([one, two], setting({ iterations: 3 }));
    const journal = begun.summary.files['journal'] ?? '';
    const go = async (servers: readonly [Simulator, ...Simulator[]], iterations: number) =>
      resumeOn(servers, journal, { clock: fastClock(), config: { iterations } });
    await go([two], 6);
    const last = await go([three, two, one], 9);
    expectWhole(last, 9);
    expect(imagesOf(last)).toEqual(imagesOf(expected));
    expect(ofKind(last.records, 'fleet').map(({ members }) => members.length)).toEqual([2, 1, 3]);
    await expectVerified(last);
  });

  it('without those that drew some of its images leaves these out, and has them when they are back', async () => {
    const servers = [await start({ latencyMs: 50 }), await start({ latencyMs: 50, gpu: 'other' })] as const;
    const begun = await searchOn(servers, setting({ iterations: 3 }));
    const journal = begun.summary.files['journal'] ?? '';
    const { pins, members } = firstFleet(begun);
    // Who is measured as the slower one gets fewer images, and goes: an iteration needs half of them.
    const shares = members.map(({ pixelGroup }) =>
      Object.values(pins).filter((group) => group === pixelGroup),
    );
    const away = Math.min(...shares.map(({ length }) => length));
    expect(away).toBeGreaterThan(0);
    const staying = shares[0]?.length === away ? servers[1] : servers[0];
    const alone = await resumeOn([staying], journal, {
      clock: fastClock(),
      config: { iterations: 5, reconnect: 0.2 },
    });
    expect(ofKind(alone.records, 'fleet')[1]?.pins).toEqual(pins);
    const gaps = ofKind(alone.records, 'scored').slice(3);
    expect(gaps).toHaveLength(2);
    for (const { missing = [] } of gaps) expect(missing).toHaveLength(away);
    const both = await resumeOn(servers, journal, { clock: fastClock(), config: { iterations: 6 } });
    const best = ofKind(both.records, 'scored').find(({ trial }) => trial === both.summary.best?.trial);
    const later = ofKind(both.records, 'added').filter(({ trial }) => trial === best?.trial);
    expect([...(best?.images ?? []), ...later.flatMap(({ images }) => images)]).toHaveLength(4);
    expect(alone.notices.join('\n')).toMatch(/[12] images? of 4 (is|are) drawn by .*, which is missing/);
  });

  it('on another card than it had draws everything there, and says so', async () => {
    const begun = await searchOn([await start(), await start()], setting({ iterations: 2 }));
    const journal = begun.summary.files['journal'] ?? '';
    const moved = await resumeOn([await start({ gpu: 'new' })], journal, {
      clock: fastClock(),
      config: { iterations: 4 },
    });
    expectWhole(moved, 4);
    expect(moved.notices.join('\n')).toContain('images differ slightly from those of earlier iterations');
  });
});

it('logins reach neither journal nor log nor status', async () => {
  const auth = 'me:not-to-be-seen';
  const servers = [await start({ auth }), await start({ auth })] as const;
  const result = await searchOn(servers, setting({ iterations: 2, webuiAuth: auth }, { renderer: { auth } }));
  expectWhole(result, 2);
  expect(readFileSync(result.summary.files['journal'] ?? '', 'utf8')).not.toContain('not-to-be-seen');
});
