/**
 * The page as gradio 3.41 describes it in `/config`: components with ids, and events whose position in the list is
 * the `fn_index` that `/run/predict` wants.
 */
import { pythonError, eventFailure } from './failures.ts';
import { isDict } from './pydantic.ts';

/** Data in, data out; throws a reply failure when the Python function would raise. */
export type EventRun = (data: readonly unknown[]) => readonly unknown[];

export interface UiEvent {
  readonly trigger: string;
  readonly targets: readonly number[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Left out: an event of no interest, which answers with nulls. */
  readonly run?: EventRun;
}

export class UiLayout {
  readonly #components: { id: number; type: string; props: Record<string, unknown> }[] = [];
  readonly #events: UiEvent[] = [];
  readonly #spent = new Map<number, { calls: number; seconds: number }>();
  #nextId = 1;

  component(type: string, props: Readonly<Record<string, unknown>>): number {
    const id = this.#nextId++;
    this.#components.push({ id, type, props: { ...props, name: type, visible: true } });
    return id;
  }

  /** Ids of containers and of things that `/config` leaves out. */
  skipIds(count: number): number {
    this.#nextId += count;
    return this.#nextId - 1;
  }

  event(event: UiEvent): void {
    this.#events.push(event);
  }

  config(): Record<string, unknown> {
    return {
      version: '3.41.2',
      mode: 'blocks',
      dev_mode: false,
      analytics_enabled: false,
      components: this.#components,
      css: null,
      title: 'Stable Diffusion',
      space_id: null,
      enable_queue: true,
      show_error: false,
      show_api: true,
      is_colab: false,
      stylesheets: [],
      theme: 'default',
      root: '',
      layout: { id: 0, children: this.#components.map(({ id }) => ({ id })) },
      dependencies: this.#events.map(({ trigger, targets, inputs, outputs }) => ({
        targets,
        trigger,
        inputs,
        outputs,
        backend_fn: true,
        js: null,
        queue: null,
        api_name: null,
        scroll_to_output: false,
        show_progress: 'full',
        every: null,
        batch: false,
        max_batch_size: 4,
        cancels: [],
        types: { continuous: false, generator: false },
        collects_event_data: false,
        trigger_after: null,
        trigger_only_on_success: false,
      })),
    };
  }

  /** `/run/predict` and `/api/predict`. Runs at once: it waits for no generation. */
  predict(body: unknown): Record<string, unknown> {
    const request = isDict(body) ? body : {};
    const index = request['fn_index'];
    const event = typeof index === 'number' ? this.#events[index] : undefined;
    if (typeof index !== 'number' || event === undefined) {
      throw pythonError('IndexError', 'list index out of range');
    }
    const data = Array.isArray(request['data']) ? request['data'] : [];
    if (data.length < event.inputs.length) throw eventFailure();

    const startedAt = performance.now();
    const answer = event.run?.(data) ?? event.outputs.map(() => null);
    const duration = (performance.now() - startedAt) / 1000;
    const before = this.#spent.get(index) ?? { calls: 0, seconds: 0 };
    const spent = { calls: before.calls + 1, seconds: before.seconds + duration };
    this.#spent.set(index, spent);
    return { data: answer, is_generating: false, duration, average_duration: spent.seconds / spent.calls };
  }
}
