/** A worker of a queue in this process, with a renderer that needs no server. */
import { parseQueueAddress } from '../../src/queue/address.ts';
import { QueueConnection } from '../../src/queue/connection.ts';
import { registrationSchema } from '../../src/queue/contract.ts';
import { loadQueuePackages } from '../../src/queue/packages.ts';
import type { OpenServer } from '../../src/queue/worker/open-server.ts';
import { work } from '../../src/queue/worker/work.ts';
import { createJudge, createScorers, type Judge } from '../../src/score/index.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { LocalEvaluator } from '../../src/trial/local-evaluator.ts';
import { TinyRenderer, type TinyRendererOptions } from './tiny-renderer.ts';

/** Of autombw, unless a worker is of another one. */
export const VERSION = '1.2.3';

/** What workers are told of a run. @param scoreAt who scores its images */
export const descriptionOf = (scoreAt: 'worker' | 'coordinator') => ({
  version: VERSION,
  output: 'O',
  config: { retries: 2 },
  workflow: null,
  scoreAt,
  scorers: [],
});

export async function connect(url: string, authority?: string): Promise<QueueConnection> {
  return QueueConnection.open(parseQueueAddress(url, authority), await loadQueuePackages(), systemClock);
}

export const qualityJudge = (): Judge =>
  createJudge(createScorers([{ id: 'quality', weight: 1, options: {} }]), 'arithmetic');

/** Of a worker that only draws. */
const NO_JUDGE: Judge = {
  range: { min: null, max: null },
  scorers: [],
  open: async () => undefined,
  judge: async () => Promise.resolve({ score: 0, raw: {} }),
  close: async () => undefined,
};

export interface TestWorker {
  readonly images: () => number;
  readonly said: string[];
  drain(): Promise<void>;
}

export async function startWorker(
  url: string,
  name: string,
  // On a machine that is busy enough a short one is over before an image is done, and its job begins again and again.
  {
    version = VERSION,
    lease = 60,
    judge: own = qualityJudge(),
    ...tiny
  }: TinyRendererOptions & { version?: string; lease?: number; judge?: Judge } = {},
): Promise<TestWorker> {
  const said: string[] = [];
  const renderer = new TinyRenderer(tiny);
  const open: OpenServer = async (description) => {
    const report = registrationSchema.shape.report.parse(await renderer.open());
    const judge = description.scoreAt === 'worker' ? own : NO_JUDGE;
    return {
      address: null,
      rendererName: 'tiny',
      pixelGroup: 'abcdef01',
      report,
      capabilities: registrationSchema.shape.capabilities.parse(renderer.capabilities),
      proof: null,
      warnings: [],
      createEvaluator: async (requests) =>
        new LocalEvaluator({
          renderer,
          judge,
          checksSize: true,
          requests,
          reference: undefined,
          checkEvery: 0,
          retries: Number(description.config['retries']),
          reconnect: 1,
          clock: systemClock,
        }),
      comeBack: async () => undefined,
      close: async () => undefined,
    };
  };
  const connection = await connect(url);
  const controller = new AbortController();
  const done = work({
    connection,
    name,
    version,
    lease,
    clock: systemClock,
    open,
    say: (sentence) => said.push(sentence),
    onImage: () => undefined,
    onState: () => undefined,
    drain: controller.signal,
  });
  return {
    images: () => renderer.images,
    said,
    drain: async () => {
      controller.abort();
      await done;
      await connection.close();
    },
  };
}
