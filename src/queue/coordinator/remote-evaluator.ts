/** Measures through the queue: a job for the workers of a pixel group, and its images from the shelf as they are finished. */
import { followAbort } from '../../shared/abort/follow-abort.ts';
import { counted } from '../../shared/counted.ts';
import type {
  EvaluationEvents,
  EvaluationFailure,
  Evaluator,
  ImageRef,
  LookAnswer,
  MeasuredTrial,
  Outcome,
  Redrawn,
  Wanted,
} from '../../trial/evaluator.ts';
import type { BlockWeights } from '../../types.ts';
import { FORMAT, type Answer, type Job } from '../contract.ts';
import { shortHash } from '../keys.ts';
import { known, Measuring, type RemoteSettings } from './measuring.ts';
import { patiently, type Away } from './patience.ts';

export class RemoteEvaluator implements Evaluator {
  readonly name: string;
  readonly #settings: RemoteSettings;
  /** Makes jobs for one worker unlike those of before. */
  #asked = 0;

  constructor(settings: RemoteSettings) {
    this.name = settings.worker.name;
    this.#settings = settings;
  }

  async evaluate(
    trial: MeasuredTrial,
    wanted: Wanted,
    signal: AbortSignal,
    events: EvaluationEvents,
  ): Promise<Outcome> {
    const { worker, isUsable } = this.#settings;
    signal.throwIfAborted();
    if (!isUsable()) {
      const message = `The worker ${worker.name} is not responding.`;
      return {
        images: [],
        missing: [],
        failure: { code: 'webui-gone', message, ends: 'run' },
        look: null,
      };
    }
    const following = followAbort(signal);
    const measuring = new Measuring(this.#settings, trial, wanted, following.signal, events);
    try {
      const settled = await this.#patiently(measuring.run(), wanted.leave, signal, events);
      if (!('ends' in settled)) return settled;
      // The job stays: a later session of the run finds what comes of it.
      return { images: measuring.images(), missing: [], failure: settled, look: null };
    } catch (error) {
      measuring.cancel();
      throw error;
    } finally {
      measuring.end();
      following.abort();
      following.release();
    }
  }

  async look(signal: AbortSignal, events: EvaluationEvents): Promise<LookAnswer | null> {
    const { set, isAlive, worker } = this.#settings;
    if (!isAlive()) {
      const message = `the worker ${worker.name} is not responding`;
      return { result: 'unanswered', failure: { code: 'webui-gone', message, ends: 'nothing' } };
    }
    const answer = await this.#askWorker({ format: FORMAT, kind: 'look', set }, signal, events);
    if ('ends' in answer) return { result: 'unanswered', failure: { ...answer, ends: 'nothing' } };
    if (answer.kind !== 'looked') throw new Error(`a look was answered with ${answer.kind}`);
    const { look } = answer;
    if (look?.result !== 'unanswered') return look;
    return { result: 'unanswered', failure: known(look.failure) };
  }

  async redraw(
    { request, index, weights }: ImageRef & { readonly weights: BlockWeights },
    signal: AbortSignal,
    events: EvaluationEvents,
  ): Promise<Redrawn> {
    const { set } = this.#settings;
    const image = { request, index, weights: { ...weights } };
    const answer = await this.#askWorker({ format: FORMAT, kind: 'redraw', set, image }, signal, events);
    if ('ends' in answer) return { pixels: null, failure: answer, look: null };
    if (answer.kind !== 'redrawn') throw new Error(`a redraw was answered with ${answer.kind}`);
    return { pixels: answer.pixels, failure: answer.failure && known(answer.failure), look: answer.look };
  }

  async #askWorker(
    job: Job,
    signal: AbortSignal,
    events: EvaluationEvents,
  ): Promise<Answer | EvaluationFailure> {
    const { own, cancel, worker, isAlive, away } = this.#settings;
    const following = followAbort(signal);
    const id = `${job.kind}-${process.pid}-${++this.#asked}-${shortHash(job)}`;
    const isGone = (): Away | undefined => {
      if (isAlive()) return away();
      return away() ?? { what: `The worker ${worker.name} is not responding.`, code: 'webui-gone' };
    };
    try {
      const answer = await this.#patiently(
        own.answer(id, job, following.signal),
        AbortSignal.abort(),
        signal,
        events,
        isGone,
      );
      if ('ends' in answer) cancel(id, own);
      else await own.remove(id);
      return answer;
    } catch (error) {
      cancel(id, own);
      throw error;
    } finally {
      following.abort();
      following.release();
    }
  }

  async #patiently<T>(
    work: Promise<T>,
    leave: AbortSignal | undefined,
    signal: AbortSignal,
    { onWarning, onInfo, onState }: EvaluationEvents,
    away = this.#settings.away,
  ): Promise<T | EvaluationFailure> {
    const { reconnect: minutes, clock, claimTrouble } = this.#settings;
    let isTold = false;
    return patiently(work, {
      away,
      minutes,
      leave,
      signal,
      clock,
      onAway: ({ what, code }) => {
        const sentence = `${what} Waiting up to ${counted(minutes, 'minute')}.`;
        isTold = code === 'webui-gone' && leave?.aborted !== true;
        if (isTold || (code !== 'webui-gone' && claimTrouble())) onWarning?.(sentence);
        onState?.({ state: 'down', sentence });
      },
      onBack: () => {
        if (isTold) onInfo?.('The workers are back; the run continues.');
      },
    });
  }
}
