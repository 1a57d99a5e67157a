/** From what was prepared and planned to everything that the loop works with. */
import type { SearchConfig } from '../config/schema.ts';
import type { Journal } from '../journal/append.ts';
import type { RunFiles } from '../journal/find.ts';
import type { JournalRecord, SearchPlan } from '../journal/record.ts';
import { Broadcast } from '../observers/broadcast.ts';
import { isLearned } from '../types.ts';
import { imageCount } from '../payload/requests.ts';
import type { Renderer } from '../renderers/index.ts';
import type { Judge } from '../score/score-image.ts';
import { pixelHash, type Prepared } from './1-prepare.ts';
import { makeRules } from './2-plan.ts';
import type { Environment } from './environment.ts';
import { MergeGuard, type KnownPoint } from './merge-check.ts';
import { describeReplay } from './replay.ts';
import { RunState } from './run-state.ts';
import { createImageStore } from '../images/image-store.ts';
import { createProjections } from '../outputs/projections.ts';
import { SeenImages } from './repeated-images.ts';
import { trialsBeforeMending } from './resume.ts';
import { standingOf, type Lane, type Session } from './session.ts';

/** What a session is made of. */
export interface SessionParts {
  readonly plan: SearchPlan;
  /** The plan's configuration with what this session was given in its place. */
  readonly config: SearchConfig;
  readonly files: RunFiles;
  readonly journal: Journal;
  readonly recipe: string;
  readonly prepared: Prepared;
  /** Open. */
  readonly judge: Judge;
  readonly environment: Environment;
  readonly records: readonly JournalRecord[];
}

/** The state of a new run, or of one that goes on, from the records of its journal; whoever watches is told of it. */
export function openSession({
  plan,
  config,
  files,
  journal,
  recipe,
  prepared,
  judge,
  environment,
  records,
}: SessionParts): Session {
  const ledger = new RunState(plan);
  const divergence = describeReplay(ledger.replay(records), plan.space);
  const { clock, signal } = environment;
  const observers = new Broadcast([
    ...environment.createObservers(config, files),
    createProjections({ plan, files, recipe }),
  ]);
  const lanes = prepared.renderers.map((renderer, i) => laneOf(renderer, prepared.known[i], config));
  for (const { name, renderer } of lanes)
    renderer.onNotice = (sentence) => observers.onNotice({ level: 'warn', message: `${name}: ${sentence}` });
  observers.onBegin({
    output: config.output,
    modelA: plan.server?.modelA.file ?? config.modelA,
    modelB: plan.server?.modelB.file ?? config.modelB,
    optimizer: plan.optimizer.name,
    iterations: config.iterations,
    imagesPerTrial: imageCount(plan.requests),
    journal: files.journal,
    standing: standingOf({ ledger, plan: { ...plan, config } }),
  });
  if (divergence !== undefined) observers.onNotice({ level: 'warn', message: divergence });
  const seconds = ledger.trials.reduce(
    (sum, trial) => sum + (isLearned(trial) ? 0 : trial.time.iteration),
    0,
  );
  return {
    plan: { ...plan, config },
    files,
    recipe,
    ledger,
    seen: new SeenImages(ledger),
    journal,
    lanes,
    judge,
    images: createImageStore({
      folder: files.images,
      requests: plan.requests,
      config,
      onTrouble: (message) => observers.onNotice({ level: 'warn', message }),
    }),
    rules: makeRules(config, trialsBeforeMending(records)),
    observers,
    signal,
    clock,
    began: clock.now(),
    minutesBefore: seconds / 60 / Math.max(1, lanes.length),
  };
}

function laneOf(
  renderer: Renderer,
  known: KnownPoint | undefined,
  { checkEvery: every }: SearchConfig,
): Lane {
  const { name } = renderer;
  if (known === undefined) return { name, renderer };
  return { name, renderer, guard: new MergeGuard({ renderer, known, every, hash: pixelHash }) };
}
