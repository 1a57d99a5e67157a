/** What a run has come to and what its servers do, as numbers. */
import type { LaneState, RunObserver } from '../observers/observer.ts';
import { isBaseline } from '../types.ts';
import { Histogram, openMetrics, type Family, type HistogramFamily } from './open-metrics.ts';
import type { MetricsSource } from './server.ts';

/** Seconds: from a distilled model on a fast card to a large one on a slow card. */
export const IMAGE_SECONDS = [0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600] as const;

const SERVER_STATES = ['idle', 'merging', 'drawing', 'waiting', 'down'] as const;

export class RunMetrics implements MetricsSource {
  readonly observer: RunObserver;
  /** Jobs that wait for a worker; undefined where there is no queue. */
  readonly #depth: () => Promise<number | undefined>;
  readonly #servers = new Map<string, LaneState>();
  readonly #images = new Map<string, number>();
  readonly #seconds = new Histogram(IMAGE_SECONDS);
  readonly #open = new Set<number>();
  #trials = 0;
  #baselines = 0;
  #failures = 0;
  #best: number | undefined;
  #isPaused = false;

  constructor(depth: () => Promise<number | undefined>) {
    this.#depth = depth;
    this.observer = {
      name: 'metrics',
      onBegin: ({ progress }) => this.#count(progress),
      onAsked: ({ id }) => this.#open.add(id),
      // What it has made is not told with every change of what it does.
      onServer: (state) => this.#servers.set(state.lane, { ...this.#servers.get(state.lane), ...state }),
      onServerGone: (lane) => this.#servers.delete(lane),
      onTrial: (trial, progress) => {
        this.#open.delete(trial.id);
        this.#count(progress);
      },
      onRecord: ({ kind, images }) => {
        if (kind === 'scored' || kind === 'failed' || kind === 'added' || kind === 'proved')
          this.#note(kind === 'proved' ? 'proof' : 'search', images);
      },
      onPause: (pause) => {
        this.#isPaused = pause !== undefined;
      },
    };
  }

  trouble(): string | undefined {
    const states = [...this.#servers.values()].filter(({ lane }) => !lane.startsWith('open iteration'));
    const isDown = states.length > 0 && states.every(({ state }) => state === 'down');
    return isDown ? 'No server of the run is answering.' : undefined;
  }

  async metrics(): Promise<string> {
    const depth = await this.#depth();
    const best = this.#best;
    const families: (Family | HistogramFamily)[] = [
      counter('autombw_iterations', 'Finished iterations, without baselines.', [{ value: this.#trials }]),
      counter('autombw_baselines', 'Finished baselines.', [{ value: this.#baselines }]),
      counter('autombw_failed_iterations', 'Failed iterations.', [{ value: this.#failures }]),
      counter(
        'autombw_images',
        'Images recorded by this process.',
        [...this.#images].map(([use, value]) => ({ labels: { use }, value })),
      ),
      gauge('autombw_open_trials', 'Iterations being measured.', [{ value: this.#open.size }]),
      gauge('autombw_paused', '1 while the run is paused.', [{ value: this.#isPaused ? 1 : 0 }]),
      gauge('autombw_best_score', 'The best score so far.', best === undefined ? [] : [{ value: best }]),
      counter(
        'autombw_server_images',
        'With several servers: images each has made for this process.',
        [...this.#servers.values()].flatMap(({ lane, images }) =>
          images === undefined ? [] : [{ labels: { server: lane }, value: images }],
        ),
      ),
      gauge(
        'autombw_server_state',
        '1 for the current state of a server.',
        [...this.#servers.values()].flatMap(({ lane, state }) =>
          SERVER_STATES.map((one) => ({
            labels: { server: lane, state: one },
            value: one === state ? 1 : 0,
          })),
        ),
      ),
      {
        name: 'autombw_image_seconds',
        help: 'Seconds that an image took.',
        type: 'histogram',
        unit: 'seconds',
        histogram: this.#seconds,
      },
      ...(depth === undefined
        ? []
        : [gauge('autombw_queue_depth', 'Jobs waiting for a worker.', [{ value: depth }])]),
    ];
    return openMetrics(families);
  }

  #count({ trials, best }: Parameters<NonNullable<RunObserver['onTrial']>>[1]): void {
    this.#baselines = trials.filter((trial) => isBaseline(trial)).length;
    this.#trials = trials.length - this.#baselines;
    this.#failures = trials.filter(({ state }) => state === 'failed').length;
    this.#best = best?.score;
  }

  #note(use: string, images: unknown): void {
    if (!Array.isArray(images)) return;
    this.#images.set(use, (this.#images.get(use) ?? 0) + images.length);
    for (const image of images as readonly unknown[]) {
      const seconds: unknown =
        typeof image === 'object' && image !== null ? Reflect.get(image, 'seconds') : undefined;
      if (typeof seconds === 'number') this.#seconds.observe(seconds);
    }
  }
}

export function counter(name: string, help: string, samples: Family['samples']): Family {
  return { name, help, type: 'counter', samples };
}

export function gauge(name: string, help: string, samples: Family['samples']): Family {
  return { name, help, type: 'gauge', samples };
}
