/**
 * Images that a server failed at are tried on one more of those that draw the same pixels, before they count as failed: what
 * ran out of memory here may well be drawn there. What fails on both is hardly a fault of the servers.
 */
import { imageKey } from '../images/names.ts';
import type { ImageRef, Outcome } from '../trial/evaluator.ts';
import type { MemberAtWork } from './at-work.ts';
import { isOfOneServer } from './member.ts';
import type { PartWork } from './work.ts';

export interface SecondTry {
  /** What the member that failed is done with. */
  readonly done: Outcome;
  readonly rest: PartWork;
}

export class SecondTries {
  /** Requests that two members in turn failed at: until one is drawn, nobody is asked twice. */
  readonly #hopeless = new Set<string>();

  /** @returns undefined where nothing is to be tried again; the outcome is what it is */
  of(work: PartWork, member: MemberAtWork, outcome: Outcome): SecondTry | undefined {
    for (const { request } of outcome.images) this.#hopeless.delete(request);
    const failed = failedBy(work, outcome);
    if (work.failed !== undefined) for (const { request } of failed) this.#hopeless.add(request);
    const images = failed.filter(({ request }) => !this.#hopeless.has(request));
    if (work.failed !== undefined || work.trial.isClosed || images.length === 0) return undefined;
    const again = new Set(images.map(keyOf));
    const isAgain = (image: ImageRef): boolean => again.has(keyOf(image));
    const missing = outcome.missing.filter(isAgain);
    const { failure } = outcome;
    return {
      done: { ...outcome, missing: outcome.missing.filter((image) => !isAgain(image)), failure: null },
      rest: {
        ...work,
        part: { images },
        by: undefined,
        failed: { member, outcome: { missing, failure } },
      },
    };
  }
}

/** What of it is the server's fault. */
function failedBy({ part }: PartWork, { images, missing, failure }: Outcome): readonly ImageRef[] {
  if (failure !== null) {
    if (failure.ends !== 'trial' || !isOfOneServer(failure.code)) return [];
    const came = new Set(images.map(keyOf));
    return part.images.filter((image) => !came.has(keyOf(image)));
  }
  // What was not asked for any more is among them.
  return missing.some(({ code }) => isOfOneServer(code)) ? missing.filter(mayComeElsewhere) : [];
}

function mayComeElsewhere({ code }: Outcome['missing'][number]): boolean {
  return isOfOneServer(code) || code === 'pictures-missing';
}

function keyOf({ request, index }: ImageRef): string {
  return imageKey(request, index);
}
