/** What a run gets from outside, so that tests and other programs can bring their own. */
import { adjustsAlone, methodsNeeded, otherModels } from '../config/search-rules.ts';
import { lorasAmong } from '../space/parameters.ts';
import type { SearchConfig } from '../config/schema.ts';
import { serversOf, type ServerSettings } from '../config/servers.ts';
import { NEVER_ABORTED } from '../shared/abort/never-aborted.ts';
import type { Renderer } from '../renderers/renderer.ts';
import type { RunObserver } from '../observers/observer.ts';
import type { RatingTerminal } from '../score/manual/index.ts';
import { systemClock, type Clock } from '../shared/clock.ts';
import type { Evaluator } from '../trial/evaluator.ts';
import type { EvaluatorSettings } from '../trial/local-evaluator.ts';
import type { ImageRequest } from '../types.ts';
import type { ConnectedServer } from './prove-server.ts';
import type { RunFiles } from '../journal/name-run.ts';

export interface Environment {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** One renderer for every WebUI that works on the run. `journal`: file of a run that goes on, which may have finished images elsewhere. */
  readonly createRenderers: (
    config: SearchConfig,
    requests: readonly ImageRequest[],
    journal?: string,
  ) => readonly Renderer[] | Promise<readonly Renderer[]>;
  /**
   * A server of another process, which has opened it and proved its merge there; undefined = it is proved from here. None unless
   * given.
   */
  readonly provedElsewhere?: (renderer: Renderer) => ConnectedServer | undefined;
  /**
   * Asked once the servers of a run are there: tells of those that come later, until the run ends. Undefined = none can, as where it is
   * not given.
   */
  readonly newcomers?: () => ((onCome: (renderer: Renderer) => void) => void) | undefined;
  /** Who measures the trials of one server; this process unless given. */
  readonly createEvaluator: (settings: EvaluatorSettings) => Evaluator | Promise<Evaluator>;
  /** A sentence for people where no run is there to tell it: what the server does not do exactly as asked, what was left. */
  readonly onWarning: (sentence: string) => void;
  /** Where a person rates images; that of this process unless given. */
  readonly terminal?: RatingTerminal;
  /** A live page of the run is open, where a person may rate images. Absent = no. */
  readonly hasPage?: boolean;
  /** Called when the run's files are known. */
  readonly createObservers: (config: SearchConfig, files: RunFiles) => readonly RunObserver[];
}

export function defaultEnvironment(given: Partial<Environment> = {}): Environment {
  return {
    signal: NEVER_ABORTED,
    clock: systemClock,
    createRenderers: renderersOf,
    createEvaluator: localEvaluator,
    onWarning: () => {},
    createObservers: () => [],
    ...given,
  };
}

async function localEvaluator(settings: EvaluatorSettings): Promise<Evaluator> {
  // Only a run needs it: the index of the library imports this file.
  const { LocalEvaluator } = await import('../trial/local-evaluator.ts');
  return new LocalEvaluator(settings);
}

async function renderersOf(config: SearchConfig): Promise<readonly Renderer[]> {
  return Promise.all((await serversOf(config)).map(async (server) => rendererOf(config, server)));
}

async function rendererOf(config: SearchConfig, server: ServerSettings): Promise<Renderer> {
  // Only a run needs them: the index of the library imports this file.
  const { createRenderer, loadWorkflowFile, named } = await import('../renderers/index.ts');
  const { needsSavedImages } = await import('../judging/scoring.ts');
  const adjusts = adjustsAlone(config);
  const renderer = createRenderer({
    ...(config.workflow === undefined ? {} : { workflow: await loadWorkflowFile(config.workflow) }),
    url: server.url,
    loras: lorasAmong(Object.keys(config.search)),
    loraDir: config.loraDir,
    methods: methodsNeeded(config),
    others: otherModels(config),
    shares: config.shares,
    ...(adjusts === undefined ? {} : { adjusts }),
    runName: config.output,
    backend: server.backend,
    modelA: server.modelA,
    modelB: adjusts === undefined ? server.modelB : server.modelA,
    architecture: config.architecture,
    attemptTimeoutSeconds: config.attemptTimeout * 60,
    stallSeconds: config.stall * 60,
    sharedSeconds: config.reconnect * 60,
    savesImages: needsSavedImages(config),
    clearModules: config.clearModules,
    ...(server.modelsDir === undefined ? {} : { modelsDir: server.modelsDir }),
    ...(config.textEncoder === undefined ? {} : { textEncoders: config.textEncoder }),
    ...(config.vae === undefined ? {} : { vae: config.vae }),
    ...(config.loraBlocks === undefined ? {} : { loraBlocks: config.loraBlocks }),
    ...(server.webuiAuth === undefined ? {} : { auth: server.webuiAuth }),
    ...(server.gradioAuth === undefined ? {} : { gradioAuth: server.gradioAuth }),
  });
  return server.name === undefined ? renderer : named(renderer, server.name);
}
