/** A whole search in this process over real HTTP against a simulated WebUI that may misbehave. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach } from 'vitest';
import type { Claims } from '../../src/claims/claims.ts';
import { withClaims } from '../../src/cli/commands/runs/claimed-servers.ts';
import { parseSearchConfig } from '../../src/config/load.ts';
import { parseJournal } from '../../src/journal/read.ts';
import type { JournalRecord, RecordOf } from '../../src/journal/record.ts';
import type { RunObserver } from '../../src/observers/observer.ts';
import { createRenderer, type Renderer, type RendererOptions } from '../../src/renderers/index.ts';
import { defaultEnvironment, type Environment } from '../../src/run/environment.ts';
import type { RunSummary } from '../../src/run/5-finish.ts';
import { resumeRun, runSearch } from '../../src/run/run.ts';
import {
  parseFault,
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/index.ts';
import { temporaryFolder, timelessCsv } from './run-search.ts';
import { TINY_PAYLOAD } from './work-folder.ts';

/** txt2img that the proof takes before the first iteration: plain A, 0, 1, unlike weights, and the deepest blocks. */
export const PROOF_IMAGES = 5;
/** Before a run ends: the merge in memory, the reference image, and that merge once more. */
export const LAST_LOOK = 3;
export const IMAGES_PER_TRIAL = 2;
export const ITERATIONS = 7;
/** The first one is selected when a search comes. */
const MODELS: readonly string[] = ['other', 'modelA', 'modelB'];

/** Number of the txt2img that makes a trial's image, when nothing was repeated before. */
export function imageNumber(trial: number, image: number): number {
  return PROOF_IMAGES + (trial - 1) * IMAGES_PER_TRIAL + image;
}

export interface SimulatedSetting {
  readonly faults?: readonly string[];
  readonly simulator?: Omit<SimulatorOptions, 'faults'>;
  readonly renderer?: Partial<RendererOptions>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly observers?: readonly RunObserver[];
  readonly signal?: AbortSignal;
  readonly clock?: Environment['clock'];
  /** The servers of `config.webui` are claimed, as a command does. */
  readonly claims?: Claims;
}

export interface SimulatedResult {
  readonly summary: RunSummary;
  readonly simulator: Simulator;
  readonly csv: string;
  readonly records: readonly JournalRecord[];
  readonly notices: readonly string[];
}

/** The caller closes the simulator. */
export async function searchSimulated(setting: SimulatedSetting = {}): Promise<SimulatedResult> {
  const simulator = await startFaulty(setting);
  try {
    return await searchOn([simulator], setting);
  } catch (error) {
    await simulator.close();
    throw error;
  }
}

export interface Searches {
  /** What is closed after each test. */
  readonly open: Simulator[];
  /** The caller need not close anything. */
  readonly search: (setting?: SimulatedSetting) => Promise<SimulatedResult>;
}

/** For one test file. @param config what every search of it is given, unless it says otherwise */
export function useSearches(config: SimulatedSetting['config'] = {}): Searches {
  const open: Simulator[] = [];
  afterEach(async () => {
    for (const simulator of open.splice(0)) await simulator.close();
  });
  return {
    open,
    search: async (setting = {}) => {
      const result = await searchSimulated({ ...setting, config: { ...config, ...setting.config } });
      open.push(result.simulator);
      return result;
    },
  };
}

export async function startFaulty({ simulator = {}, faults = [] }: SimulatedSetting): Promise<Simulator> {
  return startSimulator({ models: MODELS, ...simulator, faults: faults.map(parseFault) });
}

export async function searchOn(
  simulators: readonly [Simulator, ...Simulator[]],
  setting: SimulatedSetting = {},
): Promise<SimulatedResult> {
  const folder = temporaryFolder();
  const payload = path.join(folder, 'hills.json');
  writeFileSync(payload, JSON.stringify(TINY_PAYLOAD));
  const config = parseSearchConfig({
    payload: [payload],
    modelA: 'modelA',
    modelB: 'modelB',
    output: 'O',
    webui: simulators[0].url,
    iterations: ITERATIONS,
    optimizer: 'random',
    earlyStop: false,
    baselines: false,
    prove: 0,
    saveBest: 'none',
    folder,
    ...setting.config,
  });
  return watched(simulators, setting, async (environment) => runSearch(config, environment));
}

/** Goes on with a run, on the same simulator or another one. */
export async function resumeOn(
  simulators: readonly [Simulator, ...Simulator[]],
  journal: string,
  setting: SimulatedSetting = {},
): Promise<SimulatedResult> {
  return watched(simulators, setting, async (environment) =>
    resumeRun(journal, { webui: simulators[0].url, ...setting.config }, environment),
  );
}

async function watched(
  simulators: readonly [Simulator, ...Simulator[]],
  setting: SimulatedSetting,
  act: (environment: Environment) => Promise<RunSummary>,
): Promise<SimulatedResult> {
  const notices: string[] = [];
  const listener: RunObserver = { name: 'listener', onNotice: ({ message }) => void notices.push(message) };
  const environment = defaultEnvironment({
    clock: setting.clock ?? hurriedClock(),
    createRenderers: () => simulators.map((simulator) => quickRenderer(simulator, setting.renderer)),
    createObservers: () => [...(setting.observers ?? []), listener],
    ...(setting.signal === undefined ? {} : { signal: setting.signal }),
  });
  const summary = await act(withClaims(environment, setting.claims, { work: 'search' }));
  const read = (kind: string): string => readFileSync(summary.files[kind] ?? '', 'utf8');
  return {
    summary,
    simulator: simulators[0],
    csv: timelessCsv(read('csv')),
    records: parseJournal(read('journal'), 'the journal').records,
    notices,
  };
}

export function ofKind<K extends JournalRecord['kind']>(
  records: readonly JournalRecord[],
  kind: K,
): RecordOf<K>[] {
  return records.filter((record): record is RecordOf<K> => record.kind === kind);
}

/** Pauses take no time, and the clock says that they did. */
export function hurriedClock(): Environment['clock'] {
  let skipped = 0;
  return {
    now: () => Date.now() + skipped,
    sleep: async (milliseconds) => {
      skipped += milliseconds;
    },
  };
}

function quickRenderer({ url }: Simulator, over: Partial<RendererOptions> = {}): Renderer {
  return createRenderer({
    url,
    modelA: 'modelA',
    modelB: 'modelB',
    architecture: 'sd1',
    retryDelays: [0.01],
    pollSeconds: 0.02,
    ...over,
  });
}
