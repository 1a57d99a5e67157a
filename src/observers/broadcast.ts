/** Fans events out to all observers and keeps a throwing one from hurting the run. */
import { messageOf } from '../shared/errors.ts';
import type {
  LaneState,
  Notice,
  Pause,
  RunEnd,
  RunFacts,
  RunObserver,
  RunProgress,
  TrialImage,
  TrialProgress,
} from './observer.ts';
import type { FinishedTrial, OpenTrial } from '../types.ts';

export class Broadcast implements Required<RunObserver> {
  readonly name = 'broadcast';
  readonly #observers: readonly RunObserver[];
  readonly #broken = new Set<RunObserver>();

  constructor(observers: readonly RunObserver[]) {
    this.#observers = observers;
  }

  onBegin(facts: RunFacts): void {
    this.#each((observer) => observer.onBegin?.(facts));
  }
  onRecord(record: Readonly<Record<string, unknown>>): void {
    this.#each((observer) => observer.onRecord?.(record));
  }
  onAsked(trial: OpenTrial, lane: string): void {
    this.#each((observer) => observer.onAsked?.(trial, lane));
  }
  onProgress(progress: TrialProgress): void {
    this.#each((observer) => observer.onProgress?.(progress));
  }
  onServer(state: LaneState): void {
    this.#each((observer) => observer.onServer?.(state));
  }
  onServerGone(lane: string): void {
    this.#each((observer) => observer.onServerGone?.(lane));
  }
  onImage(image: TrialImage): void {
    this.#each((observer) => observer.onImage?.(image));
  }
  onForgotten(trial: number): void {
    this.#each((observer) => observer.onForgotten?.(trial));
  }
  onTrial(trial: FinishedTrial, progress: RunProgress): void {
    this.#each((observer) => observer.onTrial?.(trial, progress));
  }
  onDoubt(trials: readonly number[], progress: RunProgress): void {
    this.#each((observer) => observer.onDoubt?.(trials, progress));
  }
  onPause(pause: Pause | undefined): void {
    this.#each((observer) => observer.onPause?.(pause));
  }
  onNotice(notice: Notice): void {
    this.#each((observer) => observer.onNotice?.(notice));
  }
  onDefect(error: unknown): void {
    this.#each((observer) => observer.onDefect?.(error));
  }
  async onEnd(end: RunEnd): Promise<void> {
    for (const observer of this.#observers) {
      try {
        await observer.onEnd?.(end);
      } catch (error) {
        this.#report(observer, error);
      }
    }
  }

  #each(call: (observer: RunObserver) => void): void {
    for (const observer of this.#observers) {
      try {
        call(observer);
      } catch (error) {
        this.#report(observer, error);
      }
    }
  }

  /** Said once per observer, and never to the observer that threw: its report would throw again. */
  #report(broken: RunObserver, error: unknown): void {
    if (this.#broken.has(broken)) return;
    this.#broken.add(broken);
    const message = `The ${broken.name} failed and is incomplete from here on (${messageOf(error)}); the run continues.`;
    for (const observer of this.#observers) {
      if (this.#broken.has(observer)) continue;
      try {
        observer.onNotice?.({ level: 'warn', message });
      } catch (inner) {
        this.#report(observer, inner);
      }
    }
  }
}
