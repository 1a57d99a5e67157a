/** Mean and spread of every scorer over the images of plain model A and model B, on the run's own payloads. */
import type { SearchConfig } from '../config/schema.ts';
import { runError } from '../shared/errors.ts';
import { imageCount } from '../payload/requests.ts';
import { effectiveWeights } from '../renderers/index.ts';
import { calibrationOf, type Calibration } from '../score/calibration.ts';
import { uniformWeights } from '../space/blocks.ts';
import { prepare } from './1-prepare.ts';
import { closeRenderers } from './close-renderers.ts';
import type { Environment } from './environment.ts';
import { judgeImage } from './judge-image.ts';
import { makeRequests } from './requests.ts';
import { checkRater, identifyScorers, makeJudge } from '../judging/scoring.ts';

/** @throws what preparing, rendering and scoring throw; run error `calibration-flat` for a scorer that sees no difference */
export async function calibrate(
  config: SearchConfig,
  environment: Environment,
  onProgress: (progress: { readonly done: number; readonly total: number }) => void,
): Promise<Calibration> {
  const requests = await makeRequests(config, { onWarning: environment.onRemark });
  checkRater(config, environment.terminal);
  await identifyScorers(config, environment.signal);
  const judge = makeJudge(config, environment.terminal);
  const { renderers, server } = await prepare(config, requests, environment, judge, async () => {});
  const { signal } = environment;
  const [renderer] = renderers;
  if (renderer === undefined) throw new Error('a run needs at least one WebUI');
  try {
    const raws: Readonly<Record<string, number>>[] = [];
    const { architecture } = config;
    const modelB = effectiveWeights(uniformWeights(1, architecture), renderer.capabilities, architecture);
    for (const weights of ['model-a', modelB] as const) {
      for await (const image of renderer.render({ weights, requests }, signal)) {
        const { raw } = await judgeImage({ judge, config }, image, signal);
        raws.push(raw);
        onProgress({ done: raws.length, total: 2 * imageCount(requests) });
      }
    }
    return {
      version: 1,
      modelA: server.modelA.file,
      modelB: server.modelB.file,
      payloads: [...new Set(requests.map(({ payload }) => payload))],
      scorers: Object.fromEntries(
        judge.scorers.map(({ id, version }) => [
          id,
          calibrated(
            id,
            version,
            raws.map((raw) => raw[id] ?? 0),
          ),
        ]),
      ),
    };
  } finally {
    await closeRenderers(renderers, environment.onRemark);
    await judge.close();
  }
}

function calibrated(id: string, version: string, values: readonly number[]): Calibration['scorers'][string] {
  const found = calibrationOf(version, values);
  if (found !== undefined) return found;
  throw runError(
    'calibration-flat',
    `All ${values.length} images have the same value of ${id}, ${values[0]}: give more payloads, or do not map it by z-score.`,
  );
}
