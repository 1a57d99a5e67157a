/** What becomes of the images of a proof as they come: none that is finished is drawn again, whatever ends the proof. */
import { imageKey } from '../images/names.ts';
import type { ProofStore } from '../images/proof-store.ts';
import type { JournalRecord } from '../journal/record.ts';
import { recordedImage } from '../journal/trial-records.ts';
import type { ProofPlan } from '../proof/proof.ts';
import { FinishedImages } from './finished-images.ts';
import type { Arrivals } from './measure-events.ts';
import { timestamp, type Lane, type ProofContext, type Session } from './session.ts';

export interface ProofPlace {
  readonly plan: ProofPlan;
  readonly candidate: string;
  readonly lane: Pick<Lane, 'pixelGroupOf'>;
  readonly store: ProofStore;
  /** The journal holds some images of an earlier session. */
  readonly isAny: boolean;
}

export function proofArrivals(
  session: ProofContext,
  { plan, candidate, lane, store, isAny }: ProofPlace,
): Arrivals {
  const finished = new FinishedImages(
    session,
    {
      written: async (image, file) =>
        store.keep(plan, candidate, [image], new Map([[imageKey(image.request, image.index), file]])),
      entryOf: (image) => ({
        kind: 'proof-image',
        proof: plan.proof,
        candidate,
        image: recordedImage(image),
        pixelGroup: lane.pixelGroupOf(image.request),
      }),
      recorded: (image) => store.recorded(plan, candidate, image),
      forgotten: () => nothingOf(session, plan, candidate),
    },
    isAny,
  );
  return {
    received: (image, file) =>
      store.receive(plan, candidate, { image, file, pixelGroup: lane.pixelGroupOf(image.request) }),
    waiting: async (signal) => store.waiting(plan, candidate, signal),
    finished: (image, file) => finished.add(image, file),
    written: async () => finished.settled(),
    forgotten: () => {
      store.forget(plan, candidate);
      finished.forget();
    },
  };
}

/** What takes a candidate back. */
export function nothingOf(
  { clock }: Pick<Session, 'clock'>,
  { proof }: Pick<ProofPlan, 'proof'>,
  candidate: string,
): JournalRecord {
  const time = { ...timestamp(clock), evaluation: 0, iteration: 0 };
  return { kind: 'proved', proof, candidate, images: [], time };
}
