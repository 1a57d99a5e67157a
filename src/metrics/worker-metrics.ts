/** What a worker of a queue has made and what it does, as numbers. */
import { counter, gauge, IMAGE_SECONDS } from './run-metrics.ts';
import { Histogram, openMetrics } from './open-metrics.ts';
import type { MetricsSource } from './server.ts';

const STATES = ['waiting', 'opening', 'idle', 'working', 'down'] as const;

export class WorkerMetrics implements MetricsSource {
  /** What is wrong with the queue, in a sentence; undefined = nothing. */
  readonly #queueTrouble: () => string | undefined;
  readonly #seconds = new Histogram(IMAGE_SECONDS);
  #images = 0;
  #state: (typeof STATES)[number] = 'waiting';

  constructor(queueTrouble: () => string | undefined) {
    this.#queueTrouble = queueTrouble;
  }

  noteImage({ seconds }: { readonly seconds: number }): void {
    this.#images++;
    this.#seconds.observe(seconds);
  }

  noteState(state: (typeof STATES)[number]): void {
    this.#state = state;
  }

  trouble(): string | undefined {
    return this.#queueTrouble() ?? (this.#state === 'down' ? 'The WebUI is not answering.' : undefined);
  }

  metrics(): Promise<string> {
    return Promise.resolve(
      openMetrics([
        counter('autombw_worker_images', 'Images made by this worker.', [{ value: this.#images }]),
        gauge(
          'autombw_worker_state',
          '1 for its current state.',
          STATES.map((state) => ({ labels: { state }, value: state === this.#state ? 1 : 0 })),
        ),
        gauge('autombw_worker_queue_up', '1 while the queue answers and accepts writes.', [
          { value: this.#queueTrouble() === undefined ? 1 : 0 },
        ]),
        {
          name: 'autombw_worker_image_seconds',
          help: 'Seconds that an image took.',
          type: 'histogram',
          unit: 'seconds',
          histogram: this.#seconds,
        },
      ]),
    );
  }
}
