/**
 * The one place that counts how often an image is asked for. A reply that was lost, cut, empty or damaged is asked for again
 * with a growing pause, as long as the merge is still in place; the images that came stay. Whatever fails more often than
 * that fails the image, and what will fail at every image (a login that is gone) ends the run.
 */
import { isPutOff, overlay, WebuiError, webuiError, type Renderer } from '../renderers/index.ts';
import type { RenderJob } from '../renderers/renderer.ts';
import { damageOf } from '../shared/files/image-file.ts';
import type { ImageRequest, Image } from '../types.ts';
import { imageKey } from '../images/names.ts';
import type { Clock } from '../shared/clock.ts';
import { duration } from '../shared/duration.ts';

export interface Patience {
  readonly clock: Clock;
  /** How often an image is asked for once more before it has failed (`--retries`). */
  readonly retries: number;
  /** How long a server may ask to be left alone (`--reconnect`). */
  readonly minutes: number;
  /** Told what a job does not want to be told itself. */
  readonly onRepeat?: (sentence: string) => void;
}

/**
 * The renderer, with patience for every caller. What is known of an image that keeps failing outlives a job: in the next
 * iteration it is asked for once, and not three times again.
 */
export function patient(renderer: Renderer, patience: Patience): Renderer {
  const troubles = new Troubles(patience);
  const render = (job: RenderJob, signal: AbortSignal): AsyncGenerator<Image> =>
    renderPatiently(renderer, job, troubles, signal);
  return overlay(renderer, { render });
}

async function* renderPatiently(
  renderer: Renderer,
  job: RenderJob,
  troubles: Troubles,
  signal: AbortSignal,
): AsyncGenerator<Image> {
  const tell = job.onRepeat ?? ((repeat): void => troubles.tell(repeat));
  const delivered = new Set<string>();
  const isMissing = (id: string, index: number): boolean =>
    job.isWanted?.(id, index) !== false && !delivered.has(imageKey(id, index));
  const missing = (): ImageRequest[] =>
    job.requests.filter(({ id, seeds }) => seeds.some((_, index) => isMissing(id, index)));
  const pending = troubles.pending(missing()[0]);
  if (pending !== undefined) {
    tell(pending);
    await troubles.wait(pending.seconds, signal);
  }
  for (;;) {
    const asked = missing();
    const failures: unknown[] = [];
    try {
      for await (const image of renderer.render({ ...job, requests: asked, isWanted: isMissing }, signal)) {
        const { request, index, bytes } = image;
        const key = imageKey(request.id, index);
        const damage = damageOf(bytes);
        if (damage !== undefined) failures.push(damaged(renderer.name, image, damage));
        if (damage !== undefined || delivered.has(key)) continue;
        delivered.add(key);
        troubles.forget(request);
        yield image;
      }
    } catch (error) {
      failures.push(error);
    }
    if (failures.length === 0) return;
    signal.throwIfAborted();
    const again = troubles.noteAll(failures, missing()[0]?.id ?? '');
    tell(again);
    await troubles.wait(again.seconds, signal);
  }
}

function damaged(name: string, { request: { id }, index }: Image, damage: string): WebuiError {
  return webuiError(
    'webui-bad-reply',
    `${name} sent a damaged image for "${id}": ${damage}; check for a proxy or tunnel between the server and this machine.`,
    { retry: 'image', image: { request: id, index } },
  );
}

type Repeat = Parameters<NonNullable<RenderJob['onRepeat']>>[0];

/** What has happened to an image since it last came well. */
interface Trouble {
  readonly failures: number;
  /** Of them, in a row, those that will end the run. */
  readonly ends: number;
  /** Seconds waited because the server asked for it. */
  readonly waited: number;
  readonly last: WebuiError;
}

class Troubles {
  readonly #patience: Patience;
  readonly #byRequest = new Map<string, Trouble>();

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  forget({ id }: ImageRequest): void {
    this.#byRequest.delete(id);
  }

  /**
   * Notes what went wrong in one job.
   * @param first request that is missing: it was struck by a failure that names none
   * @returns what to say of the first failure, and the longest of the pauses
   * @throws the first one where asking for the same again is no help, or no longer allowed
   */
  noteAll(failures: readonly unknown[], first: string): Repeat {
    const repeats: Repeat[] = [];
    const ends: unknown[] = [];
    for (const failure of failures) {
      const struck = failure instanceof WebuiError ? failure.image?.request : undefined;
      try {
        repeats.push(this.#note(struck ?? first, failure));
      } catch (error) {
        ends.push(error);
      }
    }
    if (ends.length > 0) throw ends[0];
    const seconds = Math.max(...repeats.map((repeat) => repeat.seconds));
    return { message: repeats[0]?.message ?? '', seconds };
  }

  /** @throws the failure */
  #note(id: string, failure: unknown): Repeat {
    if (!(failure instanceof WebuiError) || failure.retry === 'never') throw failure;
    const before = this.#byRequest.get(id);
    const seconds = pauseAfter(failure, before?.failures ?? 0);
    const trouble: Trouble = {
      failures: (before?.failures ?? 0) + 1,
      ends: failure.endsRun ? (before?.ends ?? 0) + 1 : 0,
      waited: (before?.waited ?? 0) + (isPutOff(failure) ? seconds : 0),
      last: failure,
    };
    this.#byRequest.set(id, trouble);
    if (this.#isEnough(trouble)) throw givenUp(trouble);
    if (failure.retry === 'rearm') throw failure;
    return { message: failure.message, seconds };
  }

  /** An image that failed in the iteration before is not asked for sooner than if that went on. */
  pending(request: ImageRequest | undefined): Repeat | undefined {
    const trouble = this.#byRequest.get(request?.id ?? '');
    if (trouble === undefined || trouble.last.retry !== 'image') return undefined;
    const { last, failures } = trouble;
    return { message: `Before this: ${last.message}`, seconds: pauseAfter(last, failures) };
  }

  tell({ message, seconds }: Repeat): void {
    this.#patience.onRepeat?.(`${message} Asking again in ${duration(Math.round(seconds))}.`);
  }

  async wait(seconds: number, signal: AbortSignal): Promise<void> {
    await this.#patience.clock.sleep(seconds * 1000, signal);
    signal.throwIfAborted();
  }

  #isEnough({ failures, ends, waited, last }: Trouble): boolean {
    const { retries, minutes } = this.#patience;
    if (ends > 0) return ends > Math.min(retries, 1);
    // Nothing is drawn for a request that is put off: time counts, not the number.
    if (isPutOff(last)) return retries === 0 || waited > minutes * 60 || failures > MOST_PUT_OFF;
    return failures > retries;
  }
}

function pauseAfter(failure: WebuiError, failuresBefore: number): number {
  const pauses = isPutOff(failure) || (failure.status ?? 0) > 500 ? LONG_PAUSES : PAUSES;
  const usual = pauses[Math.min(failuresBefore, pauses.length - 1)] ?? 0;
  return Math.max(usual, failure.retryAfterSeconds ?? 0);
}

function givenUp({ failures, ends, waited, last }: Trouble): WebuiError {
  if (ends > 0) return last.with({ givenUp: true });
  const times = failures === 1 ? 'once' : `${failures} times in a row`;
  if (!isPutOff(last))
    return last.with({ givenUp: true, message: `${last.message} This image was lost ${times}.` });
  return last.with({
    givenUp: true,
    endsRun: true,
    message: `${last.message} It has postponed this image ${times}, ${duration(Math.round(waited))} in total including the pause it asks for now; resume later, or allow more minutes with --reconnect.`,
  });
}

/** Seconds; the last one repeats. */
const PAUSES: readonly number[] = [1, 3, 10];
/** For a server, or something in front of it, that wants to be left alone. */
const LONG_PAUSES: readonly number[] = [5, 15, 30, 60];
const MOST_PUT_OFF = 100;
