/** The work of a proof: what every candidate still lacks is taken over, judged again or drawn. */
import { createProofStore, type ProofStore } from '../images/proof-store.ts';
import { WaitingImages } from '../images/waiting-images.ts';
import { imageKey, proofImageFile } from '../images/names.ts';
import { judgeKept, type KeptImage } from '../judging/judge-kept.ts';
import { drawnInProof } from '../journal/drawn-images.ts';
import { recordedImage } from '../journal/trial-records.ts';
import { isMeasuredBy, knownImages } from '../proof/plan-proof.ts';
import type { Candidate, CandidateImages, ProofPlan } from '../proof/proof.ts';
import type { RecordedProof } from '../proof/read-proofs.ts';
import { isSameMerge } from '../proof/verdict.ts';
import { nameOf } from '../proof/words.ts';
import { patientScoring } from '../trial/scorer-patience.ts';
import { afterColon } from '../shared/after-colon.ts';
import { elapsedOn } from '../shared/clock.ts';
import { counted } from '../shared/counted.ts';
import { scoreText } from '../shared/score-text.ts';
import type { EncodedImage, FailedImage, ImageRecord } from '../types.ts';
import { takenUp } from './finished-images.ts';
import { measure } from './measure.ts';
import { nothingOf, proofArrivals } from './proof-arrivals.ts';
import { breaksOf, type ProofBreaks } from './proof-breaks.ts';
import { openProofLanes, type ProofSession, type Proving } from './proof-lanes.ts';
import type { SettleContext } from './repeated-images.ts';
import { asError } from './reverify.ts';
import { ProofTrials, type Drawn, type OpenProofTrial } from './proof-trials.ts';
import { SeenImages } from './seen-images.ts';
import { isLeft, record, sentencesOf, tellIdle, timestamp, warn, type Lane } from './session.ts';

export class ProofWork {
  readonly #session: ProofSession;
  readonly #proving: Proving;
  readonly #proofs: readonly RecordedProof[];
  readonly #plan: ProofPlan;
  readonly #store: ProofStore;
  readonly #done = new Map<string, CandidateImages>();
  readonly #underWay = new Set<Candidate>();
  readonly #trials = new ProofTrials();
  readonly #context: SettleContext;

  constructor(
    session: ProofSession,
    proving: Proving,
    proofs: readonly RecordedProof[],
    results: readonly CandidateImages[],
  ) {
    this.#session = session;
    this.#proving = proving;
    this.#proofs = proofs;
    this.#plan = proving.start.plan;
    const onTrouble = (message: string): void => warn(session, message);
    this.#store = createProofStore({
      folder: session.files.images,
      waiting: new WaitingImages(session.files.waiting),
      config: session.plan.config,
      onTrouble,
    });
    for (const result of results) this.#note(result);
    this.#context = {
      ...session,
      plan: { ...session.plan, requests: this.#plan.requests },
      seen: new SeenImages(this.#trials),
      takeBack: (ids, reason) => this.#takeBack(ids, reason),
    };
  }

  /** In the order of the candidates. */
  results(): CandidateImages[] {
    return this.#plan.candidates.flatMap(({ name }) => this.#done.get(name) ?? []);
  }

  /**
   * Every server takes one candidate after another.
   * @returns false where it was stopped before that
   */
  async finish(): Promise<boolean> {
    const failures: unknown[] = [];
    const { control } = this.#session;
    const { lanes, begin } = await openProofLanes(this.#session, this.#proving);
    const endLanes = begin(this.#session);
    for (const lane of lanes) tellIdle(this.#session, lane, NEXT);
    const isOver = (): boolean => failures.length > 0;
    const work = async (lane: Lane | undefined): Promise<void> => {
      const breaks = lane && breaksOf(this.#session, { lane, lanes, isOver });
      try {
        for (;;) {
          control.lookInProof(this.#session);
          if (breaks !== undefined && !(await breaks.rest())) return;
          const next = this.#next();
          if (next === undefined || isOver()) return;
          this.#underWay.add(next);
          await this.#settle(next, lane, breaks).finally(() => this.#underWay.delete(next));
        }
      } catch (error) {
        if (!isLeft(this.#session, error)) failures.push(error);
      } finally {
        if (lane !== undefined) tellIdle(this.#session, lane, OVER);
      }
    };
    const unwatch = control.watchProof(this.#session);
    try {
      await Promise.all(lanes.length === 0 ? [work(undefined)] : lanes.map(work));
    } finally {
      unwatch();
      await endLanes();
    }
    await this.#store.flush();
    if (failures.length > 0) throw failures[0];
    return this.#plan.candidates.every(({ name }) => this.#done.has(name));
  }

  /** Its equal, where it has one, is drawn once. */
  #next(): Candidate | undefined {
    const isBusy = ({ weights }: Candidate): boolean =>
      [...this.#underWay].some((other) => isSameMerge(other.weights, weights));
    return this.#plan.candidates.find((one) => !this.#done.has(one.name) && !isBusy(one));
  }

  async #settle(
    candidate: Candidate,
    lane: Lane | undefined,
    breaks: ProofBreaks | undefined,
  ): Promise<void> {
    const { clock } = this.#session;
    const began = elapsedOn(clock);
    const restedBefore = breaks?.rested ?? 0;
    const trial = this.#trials.begin(this.#labelOf(candidate), candidate);
    let drawn: Drawn;
    try {
      drawn = this.#fromEqual(candidate) ?? (await this.#measure(candidate, trial, lane, breaks));
      // What is recorded is never drawn again: its pictures come first.
      if (drawn.images.length > 0)
        await this.#store.keep(this.#plan, candidate.name, drawn.images, drawn.files);
    } finally {
      this.#trials.end(trial);
    }
    const { images, missing, isUnfinished } = drawn;
    if (trial.doubt !== undefined) {
      record(this.#session, nothingOf(this.#session, this.#plan, candidate.name));
      warn(this.#session, `${trial.label} is drawn again: ${trial.doubt}`);
      return;
    }
    const rested = (breaks?.rested ?? 0) - restedBefore;
    const seconds = (elapsedOn(clock) - began - rested) / 1000;
    if (isUnfinished === true && images.length === 0) return;
    record(this.#session, {
      kind: 'proved',
      proof: this.#plan.proof,
      candidate: candidate.name,
      images: images.map(recordedImage),
      ...(missing.length > 0 && { missing: [...missing] }),
      ...(isUnfinished === true && { unfinished: true }),
      time: { ...timestamp(clock), evaluation: seconds, iteration: seconds },
    });
    if (isUnfinished !== true) {
      this.#note({ candidate, images, missing }, trial.id);
      this.#tell(candidate, images);
    }
  }

  #fromEqual({ name, weights }: Candidate): Drawn | undefined {
    const equal = [...this.#done.values()].find(({ candidate }) => isSameMerge(candidate.weights, weights));
    if (equal === undefined || equal.candidate.name === name) return undefined;
    const { images, missing, candidate } = equal;
    return { images, missing, files: this.#keptFiles(this.#plan, candidate, images) };
  }

  /** What earlier proofs have of it is taken over, or judged again from its file; the rest is drawn. */
  async #measure(
    candidate: Candidate,
    trial: OpenProofTrial,
    lane: Lane | undefined,
    breaks: ProofBreaks | undefined,
  ): Promise<Drawn> {
    const { records, files } = await this.#known(candidate, lane);
    const wanted = this.#plan.images.filter(({ request, index }) => !records.has(imageKey(request, index)));
    const before = drawnInProof(this.#proving.records, this.#plan.proof).get(candidate.name) ?? [];
    const missing: FailedImage[] = [];
    let isUnfinished = false;
    if (wanted.length > 0) {
      if (lane === undefined) throw new Error('images are to be drawn, and no server was connected');
      const { leave } = this.#session.control;
      const drawn = takenUp(this.#session, lane, before, trial.label).map(({ image }) => image);
      const arrivals = proofArrivals(this.#session, {
        plan: this.#plan,
        candidate: candidate.name,
        lane,
        store: this.#store,
        isAny: before.length > 0,
      });
      for (const image of drawn) {
        const file = proofImageFile(this.#session.files.images, this.#plan, candidate.name, image);
        if (file !== undefined) files.set(imageKey(image.request, image.index), file);
      }
      const forgotten = (): void => {
        arrivals.forgotten();
        // What comes now was drawn after that.
        trial.doubt = undefined;
      };
      const { id, label, weights } = trial;
      const asked = {
        trial: { id, label, weights },
        wanted,
        had: [],
        drawn,
        arrivals: { ...arrivals, forgotten },
        leave,
        ...(breaks !== undefined && { breaks }),
      };
      const measured = await measure(this.#context, lane, asked);
      isUnfinished = measured.isUnfinished === true;
      // A verdict is for good: what a server or a scorer is to blame for must not pass for a fault of the merge.
      const { failure, isOfImages } = measured;
      if (failure !== null && !isOfImages) throw asError({ ...failure, ends: 'run' });
      const gone = measured.missing.find(({ code }) => code === 'webui-gone');
      if (gone !== undefined) throw asError({ ...gone, ends: 'run' });
      for (const image of measured.images) records.set(imageKey(image.request, image.index), image);
      for (const [key, file] of measured.files) files.set(key, file);
      const { code = 'pictures-missing', message = isUnfinished ? NOT_ASKED : 'It was not received.' } =
        failure ?? {};
      const known = new Map(measured.missing.map((image) => [imageKey(image.request, image.index), image]));
      for (const { request, index } of wanted) {
        const key = imageKey(request, index);
        if (!records.has(key)) missing.push(known.get(key) ?? { request, index, code, message });
      }
    }
    const images = this.#plan.images.flatMap(
      ({ request, index }) => records.get(imageKey(request, index)) ?? [],
    );
    return { images, missing, files, ...(isUnfinished && { isUnfinished }) };
  }

  async #known(
    candidate: Candidate,
    lane: Lane | undefined,
  ): Promise<{ records: Map<string, ImageRecord>; files: Map<string, EncodedImage | string> }> {
    const records = new Map<string, ImageRecord>();
    const files = new Map<string, EncodedImage | string>();
    const judging = this.#judging(lane);
    for (const known of knownImages(this.#proofs, this.#plan, candidate).values()) {
      const { record: image, proof } = known;
      const key = imageKey(image.request, image.index);
      const file = proofImageFile(this.#session.files.images, proof.plan, known.candidate.name, image);
      if (file !== undefined) files.set(key, file);
      if (isMeasuredBy(proof, this.#proving)) records.set(key, image);
      else if (file !== undefined) {
        const judged = await judgeKept({ file, image, requests: this.#plan.requests, ...judging });
        if (judged !== undefined) records.set(key, judged);
      }
    }
    return { records, files };
  }

  #judging(lane: Lane | undefined): Pick<KeptImage, 'judge' | 'asking' | 'signal'> {
    const { clock, control, plan, signal } = this.#session;
    const { judge } = this.#proving;
    const wait = { clock, minutes: plan.config.reconnect, leave: control.leave };
    const { onState, ...told } = sentencesOf(this.#session, lane ?? { name: '', address: null });
    // Nobody's server is at work for it.
    const hasServer = lane !== undefined && lane.isFleet !== true;
    const events = { ...told, ...(hasServer && { onState }) };
    return { judge, asking: patientScoring(judge, wait, signal, events).asking, signal };
  }

  #keptFiles(plan: ProofPlan, { name }: Candidate, images: readonly ImageRecord[]): Map<string, string> {
    const { images: folder } = this.#session.files;
    return new Map(
      images.flatMap((image) => {
        const file = proofImageFile(folder, plan, name, image);
        return file === undefined ? [] : [[imageKey(image.request, image.index), file] as const];
      }),
    );
  }

  /** @param id of its measurement; none for what was recorded before */
  #note(result: CandidateImages, id?: number): void {
    const { candidate } = result;
    this.#done.set(candidate.name, result);
    this.#trials.note(this.#labelOf(candidate), result, id);
  }

  #labelOf({ name }: Candidate): string {
    return `Proof, ${nameOf(name, this.#plan)}`;
  }

  /** A proof takes minutes in which nothing else is said. */
  #tell(candidate: Candidate, images: readonly ImageRecord[]): void {
    const { candidates } = this.#plan;
    const mean = images.reduce((sum, { score }) => sum + score, 0) / images.length;
    const found =
      images.length === 0 ? 'no image' : `${scoreText(mean)} on ${counted(images.length, 'image')}`;
    this.#session.observers.onNotice({
      level: 'info',
      message: `Proof, ${nameOf(candidate.name, this.#plan)}: ${found} (${this.#done.size} of ${candidates.length})`,
    });
  }

  #takeBack(ids: readonly number[], reason: string): void {
    for (const { weights, label } of this.#trials.takeBack(ids, reason)) {
      for (const { candidate } of this.#done.values()) {
        if (!isSameMerge(candidate.weights, weights)) continue;
        this.#done.delete(candidate.name);
        record(this.#session, nothingOf(this.#session, this.#plan, candidate.name));
      }
      warn(this.#session, `${label} is drawn again: ${afterColon(reason)}`);
    }
  }
}

const NEXT = 'Starting with the next merge of the proof.';
const OVER = 'The proof is over for this server.';
const NOT_ASKED = 'The proof was stopped before it was drawn.';
