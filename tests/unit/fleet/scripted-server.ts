/** A server in simulated time that goes away, comes back, dies or stops merging when it is told to, and an evaluator that keeps the contract over it. */
import { NEVER_ABORTED } from '../../../src/shared/abort/never-aborted.ts';
import type { Member } from '../../../src/fleet/member.ts';
import {
  failureOf,
  type EvaluationEvents,
  type EvaluationFailure,
  type Evaluator,
  type ImageRef,
  type Look,
  type MeasuredTrial,
  type MissingImage,
  type Outcome,
  type Wanted,
} from '../../../src/trial/evaluator.ts';
import type { ImageRecord } from '../../../src/types.ts';
import type { VirtualClock } from '../../helpers/virtual-clock.ts';

export interface ServerSetting {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly pixelGroup?: string;
  readonly mergeMs?: number;
  readonly imageMs?: number;
  /** Images that never come. */
  readonly isMissing?: (trial: number, image: ImageRef) => boolean;
  /** Trials between two looks; 0 = none. */
  readonly checkEvery?: number;
  readonly comesBack?: boolean;
}

export interface Drawn extends ImageRef {
  readonly server: string;
  readonly trial: number;
  readonly at: number;
}

const RECONNECT_MS = 60_000;

export class ScriptedServer {
  readonly drawn: Drawn[] = [];
  /** How the fleet has broken the contract. */
  readonly violations: string[] = [];
  isUp = true;
  /** It answers nothing any more, not even that it is to stop. */
  isDead = false;
  /** It merges something else. */
  isLying = false;
  isCurable = true;
  /** The next evaluation fails as a whole. */
  failsNext: EvaluationFailure | undefined;
  looks = 0;
  rearms = 0;
  readonly #setting: ServerSetting;
  readonly #unverified = new Set<number>();
  #calls = 0;

  constructor(setting: ServerSetting) {
    this.#setting = setting;
  }

  get member(): Member {
    const { name, pixelGroup = 'x', comesBack = true, clock } = this.#setting;
    return {
      name,
      address: `http://${name}`,
      pixelGroup,
      evaluator: this.evaluator,
      ...(comesBack && {
        comeBack: async (signal: AbortSignal) => {
          while (!this.isUp) {
            await clock.sleep(1000, signal);
            signal.throwIfAborted();
          }
        },
      }),
    };
  }

  readonly evaluator: Evaluator = {
    name: 'scripted',
    evaluate: async (trial, wanted, signal, events) =>
      this.#only(async () => this.#evaluate(trial, wanted, signal, events)),
    look: async (signal) =>
      this.#only(async () => {
        if (this.#unverified.size === 0) return null;
        if (!this.isUp) {
          return {
            result: 'unanswered',
            failure: { code: 'webui-refused', message: 'Nobody there.', ends: 'nothing' },
          };
        }
        await this.#work(this.#setting.imageMs ?? 1000, signal);
        return this.#look(undefined);
      }),
    redraw: async ({ request, index }, signal) =>
      this.#only(async () => {
        await this.#work(this.#setting.imageMs ?? 1000, signal);
        if (!this.isUp) return { pixels: null, failure: this.#gone(), look: null };
        this.drawn.push({
          request,
          index,
          server: this.#setting.name,
          trial: 0,
          at: this.#setting.clock.now(),
        });
        return { pixels: this.#pixels, failure: null, look: null };
      }),
  };

  get #pixels(): string {
    return `${this.#setting.pixelGroup ?? 'x'}${this.isLying ? ' of another merge' : ''}`;
  }

  #gone(): EvaluationFailure {
    return { code: 'webui-gone', message: `${this.#setting.name} is not answering.`, ends: 'run' };
  }

  async #only<T>(act: () => Promise<T>): Promise<T> {
    this.#calls++;
    if (this.#calls > 1) this.violations.push('two calls at once');
    try {
      return await act();
    } finally {
      this.#calls--;
    }
  }

  async #work(milliseconds: number, signal: AbortSignal): Promise<void> {
    await this.#setting.clock.sleep(milliseconds, this.isDead ? NEVER_ABORTED : signal);
    if (this.isDead) await new Promise(() => undefined);
    signal.throwIfAborted();
  }

  async #evaluate(
    trial: MeasuredTrial,
    { images: wanted, rearm = false, until, leave, isPart = false }: Wanted,
    signal: AbortSignal,
    events: EvaluationEvents,
  ): Promise<Outcome> {
    signal.throwIfAborted();
    const { clock, imageMs = 1000, mergeMs = 0, isMissing, checkEvery = 0, name } = this.#setting;
    const images: ImageRecord[] = [];
    const missing: MissingImage[] = [];
    if (rearm) this.rearms++;
    if (wanted.length > 0) await this.#work(mergeMs, signal);
    for (const image of wanted) {
      if (until?.aborted === true) break;
      await this.#work(imageMs, signal);
      const began = clock.now();
      while (!this.isUp) {
        if (leave?.aborted === true || clock.now() - began >= RECONNECT_MS)
          return { images, missing, failure: this.#gone(), look: null };
        await this.#work(1000, signal);
      }
      if (this.failsNext !== undefined) {
        const failure = this.failsNext;
        this.failsNext = undefined;
        return { images, missing, failure, look: null };
      }
      if (isMissing?.(trial.id, image) === true) {
        missing.push({ ...image, code: 'webui-rejected', message: `Never ${image.request}.` });
        continue;
      }
      const record = {
        ...image,
        payload: 'cats',
        seed: 1,
        score: 1,
        raw: {},
        pixels: this.#pixels,
        seconds: 1,
      };
      this.drawn.push({ ...image, server: name, trial: trial.id, at: clock.now() });
      images.push(record);
      events.onImage?.(record, { bytes: new Uint8Array(), infotext: null });
    }
    if (!isPart && 2 * missing.length > wanted.length) {
      const [first] = missing;
      const { code = 'webui-rejected', message = '' } = first ?? {};
      return { images, missing, failure: { code, message, ends: 'trial' }, look: null };
    }
    if (checkEvery === 0 || new Set([...this.#unverified, trial.id]).size < checkEvery) {
      if (wanted.length > 0) this.#unverified.add(trial.id);
      return { images, missing, failure: null, look: null };
    }
    await this.#work(imageMs, signal);
    const look = this.#look(trial.id);
    if (look.result === 'holds') return { images, missing, failure: null, look };
    return { images: [], missing: [], failure: failureOf(look), look };
  }

  #look(underWay: number | undefined): Look {
    this.looks++;
    const trials = [...this.#unverified].filter((trial) => trial !== underWay);
    this.#unverified.clear();
    if (!this.isLying) return { result: 'holds' };
    if (this.isCurable) this.isLying = false;
    const reason = `${this.#setting.name} drew another image.`;
    return { result: this.isCurable ? 'mended' : 'lost', image: 'reference', trials, reason };
  }
}
