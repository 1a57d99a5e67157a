/** Mean and spread of every scorer over the images of plain model A and model B, on the run's own payloads. */
import type { SearchConfig } from '../config/schema.ts';
import { isExpected, runError } from '../shared/errors.ts';
import { imageCount } from '../payload/requests.ts';
import { effectiveWeights } from '../renderers/index.ts';
import { calibrationOf, type Calibration } from '../score/calibration.ts';
import { uniformWeights } from '../space/blocks.ts';
import type { Clock } from '../shared/clock.ts';
import { makeScoring } from '../judging/scoring.ts';
import { checkScorerPayloads } from '../judging/scorer-payloads.ts';
import { judgeImage } from '../trial/judge-image.ts';
import { patientScoring } from '../trial/scorer-patience.ts';
import type { Judge } from '../score/score-image.ts';
import type { ImageRequest } from '../types.ts';
import { connect } from './2-connect.ts';
import { withClosing } from './closing.ts';
import type { ConnectedServers } from './connected-servers.ts';
import type { Environment } from './environment.ts';
import { findRater } from './rater.ts';
import { makeRequests } from './requests.ts';

/** @throws what preparing, rendering and scoring throw; run error `calibration-flat` for a scorer that sees no difference */
export async function calibrate(
  config: SearchConfig,
  environment: Environment,
  onProgress: (progress: { readonly done: number; readonly total: number }) => void,
): Promise<Calibration> {
  const { signal, clock, onWarning } = environment;
  const requests = await makeRequests(config, { onWarning });
  findRater(config, environment, false);
  checkScorerPayloads(config, requests);
  const { judge } = await makeScoring(config, signal, environment);
  return withClosing(
    onWarning,
    async (closing) => {
      const connected = await connect({ config, requests, judge, check: () => {} }, environment, closing);
      return calibrateOn(connected, { config, requests, judge, signal, clock, onProgress, onWarning });
    },
    // Whoever stops it waits for the server to be put back.
    (error) => !isExpected(error) && !signal.aborted,
  );
}

interface Work {
  readonly config: SearchConfig;
  readonly requests: readonly ImageRequest[];
  readonly judge: Judge;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
  /** A sentence for people. */
  readonly onWarning: (sentence: string) => void;
}

async function calibrateOn(
  { all: servers, report }: ConnectedServers,
  { config, requests, judge, signal, clock, onProgress, onWarning }: Work,
): Promise<Calibration> {
  // One is enough for a few images, and those of several may not be alike.
  const [renderer] = servers.map((server) => server.renderer);
  if (renderer === undefined) throw new Error('a run needs at least one WebUI');
  if (servers.length > 1) onWarning(`The calibration images are drawn by ${renderer.name} only.`);
  const raws: Readonly<Record<string, number>>[] = [];
  const { architecture } = config;
  const modelB = effectiveWeights(uniformWeights(1, architecture), renderer.capabilities, architecture);
  // No journal keeps the images: without their scores they would be drawn for nothing.
  const patience = { clock, minutes: config.reconnect };
  const { asking } = patientScoring(judge, patience, signal, { onWarning, onInfo: onWarning });
  const judging = { judge, asking, checksSize: config.workflow === undefined };
  for (const weights of ['model-a', modelB] as const) {
    for await (const image of renderer.render({ weights, requests }, signal)) {
      const { raw } = await judgeImage(judging, image, signal);
      raws.push(raw);
      onProgress({ done: raws.length, total: 2 * imageCount(requests) });
    }
  }
  return {
    version: 1,
    modelA: report.modelA.file,
    modelB: report.modelB.file,
    payloads: [...new Set(requests.map(({ payload }) => payload))],
    scorers: Object.fromEntries(
      judge.scorers.map(({ id, version }) => [
        id,
        calibrated(
          id,
          version,
          // It may not judge every payload.
          raws.flatMap((raw) => raw[id] ?? []),
        ),
      ]),
    ),
  };
}

function calibrated(id: string, version: string, values: readonly number[]): Calibration['scorers'][string] {
  const found = calibrationOf(version, values);
  if (found !== undefined) return found;
  throw runError(
    'calibration-flat',
    `The ${id} score is the same in all images (${values[0]}): give more payloads, or do not map it by z-score.`,
  );
}
