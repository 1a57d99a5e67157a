/** Where a scenario is played: a simulated server behind a proxy, a search, and what the undisturbed search found. */
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseSearchConfig } from '../../src/config/load.ts';
import { exitCodeOf } from '../../src/cli/commands/summary.ts';
import { parseJournal } from '../../src/journal/read.ts';
import type { JournalRecord, RecordOf } from '../../src/journal/record.ts';
import type { RunObserver } from '../../src/observers/observer.ts';
import { createRenderer, type RendererOptions } from '../../src/renderers/index.ts';
import type { RunSummary } from '../../src/run/5-finish.ts';
import { defaultEnvironment, type Environment } from '../../src/run/environment.ts';
import { resumeRun, runSearch } from '../../src/run/run.ts';
import { isExpected } from '../../src/shared/errors.ts';
import {
  parseFault,
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/index.ts';
import { startFaultProxy, type FaultProxy, type ProxyOptions, type Rule } from '../helpers/fault-proxy.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { TINY_PAYLOAD } from '../helpers/work-folder.ts';
import { lookAt, type ServerState } from './server-state.ts';
import type { Family, Outcome } from './scenario.ts';
import { Timeline } from './timeline.ts';

export const ITERATIONS = 3;
export const IMAGES = 2;

/** What of the search is not as usual, and what goes wrong. */
export interface Setting {
  /** Of the simulator; images count from its start. */
  readonly faults?: readonly string[];
  readonly simulator?: Omit<SimulatorOptions, 'faults'>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly renderer?: Partial<RendererOptions>;
  /** Of the proxy; they are in force from the end of the first iteration on. */
  readonly rules?: readonly Rule[] | ((scene: Scene) => readonly Rule[]);
  /** Beside that of the usual request. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Of the machine that the server is on, in place of its address. */
  readonly name?: string;
  readonly proxy?: Omit<ProxyOptions, 'target'>;
  /** In the address, `user:password`. */
  readonly login?: string;
  /** The folder of the run is reached by a symbolic link. */
  readonly isLinked?: boolean;
  /** No proxy lies between. */
  readonly isDirect?: boolean;
  /** They are in force before the search begins. */
  readonly fromStart?: boolean;
  /** The undisturbed search, where it is set in another way than this one. */
  readonly calmly?: Setting;
  /** What else is looked at when it is over. */
  readonly check?: (
    scene: Scene,
    end: { readonly summary?: RunSummary },
  ) => Promise<readonly string[]> | readonly string[];
}

/** What can be done while a search runs. */
export interface Scene {
  /** As the search is given it. */
  readonly url: string;
  readonly simulator: Simulator;
  readonly proxy: FaultProxy;
  readonly timeline: Timeline;
  readonly folder: string;
  /** Takes the place of the simulator's process. */
  readonly interrupt: AbortController;
}

interface Calm {
  readonly results: ReadonlyMap<string, Result>;
  readonly images: number;
  readonly state: ServerState;
  /** What every such search says. */
  readonly said: readonly string[];
}

export class Stage {
  readonly family: Family;
  #before: Promise<ServerState> | undefined;
  readonly #calm = new Map<string, Promise<Calm>>();

  constructor(family: Family) {
    this.family = family;
  }

  /** Plays a search in this process over HTTP. */
  async search(setting: Setting = {}): Promise<Outcome> {
    const calm = await this.#calmOf(setting);
    const scene = await this.#open(setting);
    try {
      const played = await this.#play(scene, setting);
      const { images } = scene.simulator.stats();
      const changed = calm.state.differences(await lookAt(scene.simulator, this.family));
      const remarks = (await setting.check?.(scene, played)) ?? [];
      const resumed = await this.#resume(scene, setting, played, calm);
      return {
        exitCode: played.exitCode,
        ...countLost(played.records),
        wrong: differing(resultsOf(played.records), calm.results),
        vain: Math.max(0, images + (resumed?.images ?? 0) - calm.images),
        changed,
        said: played.said.filter((sentence) => !calm.said.includes(sentence)).join('\n'),
        isResumed: resumed?.isSame,
        remarks,
      };
    } finally {
      await scene.proxy.close();
      await scene.simulator.close();
    }
  }

  async #calmOf({ config = {}, payload = {}, calmly }: Setting): Promise<Calm> {
    const setting = calmly ?? { config: withoutPatience(config), payload };
    const key = JSON.stringify(setting);
    const known = this.#calm.get(key) ?? this.#searchCalmly(setting);
    this.#calm.set(key, known);
    return known;
  }

  /** Of a server that nobody has used yet. */
  async #lookBefore(): Promise<ServerState> {
    const { simulator, proxy } = await this.#open({});
    const state = await lookAt(simulator, this.family);
    await proxy.close();
    await simulator.close();
    return state;
  }

  async #searchCalmly(setting: Setting): Promise<Calm> {
    const state = await (this.#before ??= this.#lookBefore());
    const scene = await this.#open(setting);
    const { records, exitCode, said } = await this.#play(scene, setting);
    if (exitCode !== 0) throw new Error(`The undisturbed search ended with ${exitCode}: ${said.join(' ')}`);
    const { images } = scene.simulator.stats();
    await scene.proxy.close();
    await scene.simulator.close();
    return { results: resultsOf(records), images, state, said };
  }

  async #open({
    simulator: options = {},
    faults = [],
    proxy: way = {},
    ...setting
  }: Setting): Promise<Scene> {
    const models = this.family === 'comfyui' ? ['modelA', 'modelB', 'other'] : ['other', 'modelA', 'modelB'];
    const modelsDir = this.family === 'forge' ? { modelsDir: temporaryFolder('models') } : {};
    const simulator = await startSimulator({
      family: this.family,
      models,
      ...modelsDir,
      ...options,
      faults: faults.map(parseFault),
    });
    const proxy = await startFaultProxy({ target: simulator.url, ...way });
    return {
      url: addressOf(setting, simulator, proxy),
      simulator,
      proxy,
      timeline: new Timeline(),
      folder: setting.isLinked === true ? linkedFolder() : temporaryFolder('fault'),
      interrupt: new AbortController(),
    };
  }

  async #play(scene: Scene, setting: Setting): Promise<Played> {
    const payload = path.join(scene.folder, 'hills.json');
    writeFileSync(payload, JSON.stringify({ ...TINY_PAYLOAD, ...setting.payload }));
    if (setting.fromStart === true) arm(scene, setting);
    return this.#watch(scene, setting, async (environment) => {
      const config = parseSearchConfig({
        payload: [payload],
        modelA: 'modelA',
        modelB: 'modelB',
        output: 'O',
        webui: scene.url,
        iterations: ITERATIONS,
        optimizer: 'random',
        earlyStop: false,
        baselines: false,
        prove: 0,
        saveBest: 'none',
        saveImages: 'none',
        folder: scene.folder,
        ...this.#ownConfig(scene),
        ...setting.config,
      });
      return runSearch(config, environment);
    });
  }

  async #resume(
    scene: Scene,
    setting: Setting,
    { summary }: Played,
    calm: Calm,
  ): Promise<{ readonly isSame: boolean; readonly images: number } | undefined> {
    if (summary?.canResume !== true) return undefined;
    const journal = summary.files['journal'] ?? '';
    const { simulator = {}, config, renderer } = setting;
    const where = this.family === 'forge' ? { modelsDir: scene.simulator.modelsDir } : {};
    const mended = await this.#open({ simulator: { ...simulator, ...where } });
    try {
      const over: Setting = {
        ...(config === undefined ? {} : { config }),
        ...(renderer === undefined ? {} : { renderer }),
      };
      const { records, exitCode } = await this.#watch(mended, over, async (environment) =>
        resumeRun(journal, { webui: mended.proxy.url, ...folderOf(this.#ownConfig(mended)) }, environment),
      );
      const results = resultsOf(records);
      const isSame =
        exitCode === 0 &&
        results.size + countLost(records).lost === calm.results.size &&
        differing(results, calm.results).length === 0;
      return { isSame, images: mended.simulator.stats().images };
    } finally {
      await mended.proxy.close();
      await mended.simulator.close();
    }
  }

  #ownConfig({ simulator }: Scene): Readonly<Record<string, unknown>> {
    return this.family === 'forge' ? { backend: 'checkpoint', modelsDir: simulator.modelsDir } : {};
  }

  async #watch(
    scene: Scene,
    setting: Setting,
    act: (environment: Environment) => Promise<RunSummary>,
  ): Promise<Played> {
    const { timeline, url, simulator, interrupt } = scene;
    const said: string[] = [];
    const records: JournalRecord[] = [];
    // Every server has another port.
    const tell = (sentence: string): void => void said.push(sentence.replaceAll(url, 'SERVER'));
    let isArmed = setting.fromStart === true;
    const listener: RunObserver = {
      name: 'listener',
      onNotice: ({ message }) => tell(message),
      onTrial: () => {
        if (isArmed) return;
        isArmed = true;
        arm(scene, setting);
      },
    };
    const environment = defaultEnvironment({
      signal: interrupt.signal,
      clock: timeline.clock,
      createRenderers: () => [
        createRenderer({
          url,
          modelA: 'modelA',
          modelB: 'modelB',
          architecture: 'sd1',
          retryDelays: [0.01],
          pollSeconds: 0.02,
          ...(this.family === 'forge' ? { backend: 'checkpoint', modelsDir: simulator.modelsDir } : {}),
          ...setting.renderer,
        }),
      ],
      createObservers: () => [listener],
      onWarning: tell,
    });
    try {
      const summary = await act(environment);
      if (summary.reason.kind !== 'goal') tell(summary.reason.message);
      records.push(...parseJournal(readFileSync(summary.files['journal'] ?? '', 'utf8'), 'it').records);
      return { exitCode: exitCodeOf(summary, undefined), summary, said, records };
    } catch (error) {
      if (!isExpected(error)) throw error;
      return { exitCode: error.kind === 'usage' ? 2 : 1, said: [...said, error.message], records };
    }
  }
}

function addressOf(
  { name, login, isDirect = false }: Setting,
  simulator: Simulator,
  proxy: FaultProxy,
): string {
  const url = new URL(isDirect ? simulator.url : proxy.url);
  if (name !== undefined) url.hostname = name;
  [url.username = '', url.password = ''] = (login ?? '').split(':');
  return url.href.replace(/\/$/u, '');
}

function linkedFolder(): string {
  const link = path.join(temporaryFolder('link'), 'folder');
  symlinkSync(temporaryFolder('fault'), link);
  return link;
}

function arm(scene: Scene, { rules = [] }: Setting): void {
  scene.proxy.arm(typeof rules === 'function' ? rules(scene) : rules);
}

/** A run that goes on keeps its way of merging. */
function folderOf({ modelsDir }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return modelsDir === undefined ? {} : { modelsDir };
}

/** What decides how long something is waited for, and nothing else. */
function withoutPatience(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { reconnect: _, retries: __, ...rest } = config;
  return rest;
}

interface Played {
  readonly exitCode: number;
  readonly summary?: RunSummary;
  readonly said: readonly string[];
  readonly records: readonly JournalRecord[];
}

function isOf<K extends JournalRecord['kind']>(kind: K): (record: JournalRecord) => record is RecordOf<K> {
  return (record): record is RecordOf<K> => record.kind === kind;
}

interface Result {
  readonly trial: number;
  readonly score: number;
  /** Score and pixels of every image, by its name. */
  readonly images: ReadonlyMap<string, string>;
}

/**
 * By the weights, for what is measured once more has another number; what was doubted later, and not measured again, is none.
 */
export function resultsOf(records: readonly JournalRecord[]): ReadonlyMap<string, Result> {
  const weights = new Map(
    records.filter(isOf('asked')).map((record) => [record.trial, JSON.stringify(record.weights)]),
  );
  const results = new Map<number, Result>();
  for (const record of records) {
    if (record.kind === 'doubted') for (const trial of record.trials) results.delete(trial);
    if (record.kind !== 'scored') continue;
    const images = record.images.map(
      ({ request, index, score, pixels }) => [`${request} ${index}`, `${score} ${pixels}`] as const,
    );
    const { trial, score } = record;
    results.set(trial, { trial, score, images: new Map(images) });
  }
  return new Map([...results].map(([trial, result]) => [weights.get(trial) ?? '', result]));
}

/** Iterations of which an image is another one, or the score where no image is missing. */
export function differing(
  found: ReadonlyMap<string, Result>,
  calm: ReadonlyMap<string, Result>,
): readonly number[] {
  return [...found].flatMap(([weights, { trial, score, images }]) => {
    const right = calm.get(weights);
    // What follows an iteration that was measured again are other weights.
    if (right === undefined) return [];
    const isRight =
      [...images].every(([name, image]) => right.images.get(name) === image) &&
      (images.size < right.images.size || score === right.score);
    return isRight ? [] : [trial];
  });
}

export function countLost(records: readonly JournalRecord[]): Pick<Outcome, 'lost' | 'missing'> {
  const scored = records.filter(isOf('scored'));
  const failed = new Set(records.filter(isOf('failed')).map(({ trial }) => trial));
  for (const { trial } of scored) failed.delete(trial);
  return {
    lost: failed.size,
    missing: scored.reduce((sum, { missing = [] }) => sum + missing.length, 0),
  };
}
