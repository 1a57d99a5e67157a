/** From what was planned and connected to everything that the loop works with. */
import path from 'node:path';
import type { SearchConfig } from '../config/schema.ts';
import type { Journal } from '../journal/append.ts';
import { drawnImages, type DrawnImage } from '../journal/drawn-images.ts';
import type { RunFiles } from '../journal/name-run.ts';
import { clearNeverBegun } from '../journal/never-begun.ts';
import type { JournalRecord, RecordOf, SearchPlan } from '../journal/record.ts';
import { Broadcast } from '../observers/broadcast.ts';
import { createStatusFile } from '../observers/status-file.ts';
import { isLearned, type FinishedTrial } from '../types.ts';
import { trialsOf } from '../journal/read.ts';
import { afterColon } from '../shared/after-colon.ts';
import { busyTime } from '../shared/busy-time.ts';
import { elapsedOn } from '../shared/clock.ts';
import { clearLeftovers } from '../shared/files/clear-leftovers.ts';
import { imageCount } from '../payload/requests.ts';
import type { Judge } from '../score/score-image.ts';
import type { Closing } from './closing.ts';
import type { ConnectedServers } from './connected-servers.ts';
import type { Environment } from './environment.ts';
import type { Renderer } from '../renderers/index.ts';
import { openLanes } from './open-lanes.ts';
import { checkSameMerges } from './same-merges.ts';
import { measuredImages } from './measured-images.ts';
import { describeReplay } from './replay.ts';
import { makeRules } from './stop-rules.ts';
import { RunState } from './run-state.ts';
import { createImageStore, type UnfinishedImages } from '../images/image-store.ts';
import { WaitingImages } from '../images/waiting-images.ts';
import { createProjections } from '../outputs/projections.ts';
import { SeenImages } from './seen-images.ts';
import { trialsBeforeMending } from './resume.ts';
import { progressOf, type Control, type Session } from './session.ts';

/** What a session is made of. */
export interface SessionParts {
  readonly plan: SearchPlan;
  /** The plan's configuration with what this session was given in its place. */
  readonly config: SearchConfig;
  readonly files: RunFiles;
  readonly journal: Journal;
  readonly control: Control;
  readonly recipe: string;
  readonly servers: ConnectedServers;
  /** Open. */
  readonly judge: Judge;
  readonly environment: Environment;
  /** What the run knows already. */
  readonly records: readonly JournalRecord[];
  readonly closing: Closing;
}

/** The state of a new run, or of one that goes on, from the records of its journal; whoever watches is told of it. */
export async function openSession(parts: SessionParts): Promise<Session> {
  const { plan, config, files, journal, control, recipe, servers, environment, records, closing } = parts;
  const state = new RunState(plan, config.budgetImages);
  const divergence = describeReplay(state.replay(records), plan.space);
  const { clock, signal } = environment;
  const observers = new Broadcast([
    ...environment.createObservers(config, files),
    createProjections({ plan, files, recipe }),
    createStatusFile(files.status),
  ]);
  const warn = (message: string): void => observers.onNotice({ level: 'warn', message });
  const renderers = servers.all.map(({ renderer }) => renderer);
  for (const renderer of renderers)
    renderer.onWarning = (sentence) => warn(`${renderer.name}: ${afterColon(sentence)}`);
  observers.onBegin({
    output: config.output,
    modelA: plan.server?.modelA.file ?? config.modelA,
    modelB: plan.server?.modelB.file ?? config.modelB,
    optimizer: plan.optimizer.name,
    iterations: config.iterations + (plan.baselines?.length ?? 0),
    imagesPerTrial: imageCount(plan.requests),
    journal: files.journal,
    progress: progressOf({ state, plan: { ...plan, config } }),
  });
  if (divergence !== undefined) warn(divergence);
  const { requests } = plan;
  const { judge } = parts;
  const { checkEvery } = config;
  const { order } = state.scores;
  const accept = (renderer: Renderer): void => checkSameMerges(plan, [renderer]);
  const forLanes = { config, requests, order, records, checkEvery, judge, environment, accept };
  const { lanes, follow, begin } = await openLanes(servers, forLanes);
  judge.attach?.(files.journal);
  const drawn = drawnImages(records);
  judge.follow?.(measuredImages({ state, files, requests, records, drawn, journal, observers, signal }));
  const images = createImageStore({
    folder: files.images,
    waiting: new WaitingImages(files.waiting),
    requests,
    config,
    onTrouble: warn,
  });
  images.tidy(unfinishedOf(records, drawn));
  await clearLeftovers(path.dirname(files.journal), `${path.basename(files.stem)}.`);
  await clearNeverBegun(path.dirname(files.journal));
  for (const file of [files.historyTsv, path.join(files.folder, recipe)])
    await clearLeftovers(path.dirname(file), `${path.basename(file)}.`);
  closing.add('images', async () => images.flush());
  return {
    plan: { ...plan, config },
    files,
    recipe,
    state,
    seen: new SeenImages(state),
    journal,
    control,
    lanes,
    followLanes: follow,
    beginLanes: begin,
    servers,
    images,
    saved: savedIn(records),
    drawn: new Map(drawn),
    rules: makeRules(config, trialsBeforeMending(records)),
    observers,
    closing,
    signal,
    clock,
    began: elapsedOn(clock),
    minutesBefore: minutesOf(records, state.trials),
  };
}

/** The merged checkpoints that a journal tells of. */
export function savedIn(records: readonly JournalRecord[]): readonly RecordOf<'saved'>[] {
  return records.filter((entry) => entry.kind === 'saved');
}

/** Of measuring; what several servers did at the same time counts once. */
function minutesOf(records: readonly JournalRecord[], trials: readonly FinishedTrial[]): number {
  if (!records.some(({ kind }) => kind === 'fleet'))
    return trials.reduce((sum, trial) => sum + (isLearned(trial) ? 0 : trial.time.iteration), 0) / 60;
  const spans = records.flatMap((entry) => {
    if (entry.kind !== 'scored' && entry.kind !== 'failed' && entry.kind !== 'added') return [];
    const to = Date.parse(entry.time.at);
    return [{ from: to - entry.time.iteration * 1000, to }];
  });
  return busyTime(spans) / 60_000;
}

/** What an earlier session had begun to measure, with the images that are recorded. */
function unfinishedOf(
  records: readonly JournalRecord[],
  drawn: ReadonlyMap<number, readonly DrawnImage[]>,
): readonly UnfinishedImages[] {
  const { open, unfinished, finished } = trialsOf(records);
  const extending = new Set(unfinished.map(({ trial }) => trial));
  const begun = [
    ...open.map(({ id }) => ({ id, images: [] })),
    ...finished.filter(({ id }) => extending.has(id)),
  ];
  return begun.map(({ id, images }) => ({
    id,
    images,
    drawn: (drawn.get(id) ?? []).map(({ image }) => image),
  }));
}
