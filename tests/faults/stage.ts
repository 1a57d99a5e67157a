/** Where a scenario is played: a simulated server behind a proxy, a search, and what the undisturbed search found. */
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseSearchConfig } from '../../src/config/load.ts';
import { exitCodeOf } from '../../src/cli/commands/summary.ts';
import { parseJournal } from '../../src/journal/read.ts';
import type { JournalRecord } from '../../src/journal/record.ts';
import type { RunObserver } from '../../src/observers/observer.ts';
import { createRenderer } from '../../src/renderers/index.ts';
import type { RunSummary } from '../../src/run/5-finish.ts';
import { defaultEnvironment, type Environment } from '../../src/run/environment.ts';
import { resumeRun, runSearch } from '../../src/run/run.ts';
import { isExpected } from '../../src/shared/errors.ts';
import { parseFault, startSimulator, type Simulator } from '../../src/simulator/index.ts';
import { startFaultProxy, type FaultProxy } from '../helpers/fault-proxy.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { TINY_PAYLOAD } from '../helpers/work-folder.ts';
import { countLost, differing, resultsOf, type Result } from './results.ts';
import { lookAt, type ServerState } from './server-state.ts';
import type { Family, Outcome } from './scenario.ts';
import type { Scene, Setting } from './setting.ts';
import { Timeline } from './timeline.ts';

const ITERATIONS = 3;

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
      const images = imagesOfOurs(scene.simulator);
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

/** What other people draw is no waste. */
function imagesOfOurs(simulator: Simulator): number {
  const { images, foreignImages = 0 } = simulator.stats();
  return images - foreignImages;
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
