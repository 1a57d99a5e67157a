/** A whole search over three WebUIs, one of which is killed while it draws and comes back. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { parseSearchConfig } from '../../src/config/load.ts';
import { parseJournal } from '../../src/journal/read.ts';
import { imageKey } from '../../src/images/names.ts';
import { defaultEnvironment } from '../../src/run/environment.ts';
import { runSearch } from '../../src/run/run.ts';
import { startSimulator, type Simulator } from '../../src/simulator/index.ts';
import { hurriedClock, ofKind } from '../helpers/simulated-search.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { TINY_PAYLOAD } from '../helpers/work-folder.ts';

/** More than it takes: it is broken off. */
const ITERATIONS = 300;
const LATENCY_MS = 40;
/** The proof that it still draws its pixels, and two images. */
const AFTER_RETURN = 7;
/** Images that have a score before the kill: everybody is at work. */
const BEFORE_KILL = 7;

const AWAY = / is unavailable; others draw its images/;

const open = new Set<Simulator>();
afterEach(async () => {
  for (const simulator of open) await simulator.close();
  open.clear();
});

async function start(port = 0): Promise<Simulator> {
  const simulator = await startSimulator({ latencyMs: LATENCY_MS, port });
  open.add(simulator);
  return simulator;
}

it('one of three WebUIs is killed within an iteration and comes back: every image is there once, and all three drew', async () => {
  const servers = [await start(), await start(), await start()];
  const folder = temporaryFolder();
  const payload = path.join(folder, 'hills.json');
  writeFileSync(payload, JSON.stringify({ ...TINY_PAYLOAD, n_iter: 3 }));
  const notices: string[] = [];
  let images = 0;
  let killing: Promise<void> | undefined;
  let returning: Promise<void> | undefined;
  let again: Simulator | undefined;
  const controller = new AbortController();
  const [victim] = servers;
  if (victim === undefined) throw new Error('nobody to kill');
  const die = async (): Promise<void> => {
    open.delete(victim);
    await victim.close();
  };
  const comeBack = async (): Promise<void> => {
    await killing;
    again = await start(victim.port);
  };
  const config = parseSearchConfig({
    payload: [payload],
    modelA: 'modelA',
    modelB: 'modelB',
    output: 'O',
    webui: servers.map(({ url }) => url),
    openTrials: 3,
    iterations: ITERATIONS,
    optimizer: 'random',
    earlyStop: false,
    baselines: false,
    prove: 0,
    saveBest: 'none',
    folder,
  });
  const watch = {
    name: 'watch',
    onNotice: ({ message }: { readonly message: string }) => {
      notices.push(message);
      if (AWAY.test(message)) returning ??= comeBack();
    },
    onImage: ({ image }: { readonly image: { readonly score: number | null } }) => {
      if (image.score !== null && ++images === BEFORE_KILL) killing = die();
      if (again !== undefined && drawnBy(again) >= AFTER_RETURN) controller.abort();
    },
  };
  const summary = await runSearch(
    config,
    defaultEnvironment({ createObservers: () => [watch], clock: hurriedClock(), signal: controller.signal }),
  );
  await returning;
  const { records } = parseJournal(readFileSync(summary.files['journal'] ?? '', 'utf8'), 'the journal');
  const scored = ofKind(records, 'scored');
  expect(summary.reason).toMatchObject({ code: 'interrupted' });
  expect(ofKind(records, 'failed')).toEqual([]);
  expect(new Set(scored.map(({ trial }) => trial)).size).toBe(scored.length);
  const [plan] = ofKind(records, 'plan');
  const wanted = plan?.plan.requests.flatMap(({ id, seeds }) => seeds.map((_, index) => imageKey(id, index)));
  expect(wanted).toHaveLength(3);
  for (const { images: of } of scored)
    expect(of.map(({ request, index }) => imageKey(request, index))).toEqual(wanted);
  expect(notices.filter((sentence) => AWAY.test(sentence))).toHaveLength(1);
  expect(notices.filter((sentence) => / is back and gets work again/.test(sentence))).toHaveLength(1);
  for (const server of servers) expect(drawnBy(server)).toBeGreaterThan(5);
});

function drawnBy(server: Simulator): number {
  return server.stats().requests['POST /sdapi/v1/txt2img'] ?? 0;
}
