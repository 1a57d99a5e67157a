/** One run that somebody looks at: its journal and its log, followed for as long as anybody listens. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { keptImage } from '../images/kept-image.ts';
import { imageKey, imageNames, type ImageNames } from '../images/names.ts';
import { JournalFollower } from '../journal/follow.ts';
import { liveOwner } from '../journal/find.ts';
import { filesOf, outputOf } from '../journal/name-run.ts';
import { PassingRecords } from '../journal/growing.ts';
import type { SearchPlan } from '../journal/record.ts';
import { proofRecords, proofsOf, type RecordedProof } from '../proof/read-proofs.ts';
import { LineFollower } from '../shared/files/follow-lines.ts';
import { isReadFailure } from '../shared/files/read-file.ts';
import type { FinishedTrial } from '../types.ts';
import { knownRun } from './known-run.ts';
import { pageSummary, picturesOf } from './model.ts';
import { logNotice } from './notices.ts';
import { RunNow } from './run-now.ts';
import type { PageChange, PageNotice, PagePictures, PageProgress, PageState, PageSummary } from './state.ts';

export type RunListener = (change: PageChange) => void;

/** What the journal says so far; another object as soon as it says more, while what it leads to grows with the journal. */
export interface RecordedRun {
  /** Undefined for a journal without one. */
  readonly plan: SearchPlan | undefined;
  readonly finished: Pick<ReadonlyMap<number, FinishedTrial>, 'get' | 'has' | 'values'>;
  /** What trials are compared by; those without a score are not in it. */
  readonly scores: Pick<ReadonlyMap<number, number>, 'get'>;
  readonly proofs: () => RecordedProof[];
}

/** Milliseconds from one look to the next. */
const LOOK_MS = 500;
/** Looks from one question whether the run still lives to the next. */
const LIFE_EVERY = 4;
/** Bytes at the end of a log in which warnings are looked for. */
const LOG_TAIL = 500_000;
const MOST_NOTICES = 100;
/** What changes without the journal. */
const NOW = ['servers', 'arriving', 'progress', 'pictures', 'bestPictures'] as const;

export class WatchedRun {
  readonly id: string;
  readonly journal: string;
  readonly #follower: JournalFollower;
  readonly #log: LineFollower;
  #records = new PassingRecords();
  #notices: PageNotice[] = [];
  #isAlive = false;
  #looks = 0;
  readonly #now: RunNow;
  /** As the journal has it. */
  #base: PageSummary | undefined;
  #summary: PageSummary | undefined;
  /** Nobody was told yet of what the journal or the log says, or that the journal has become another one. */
  #hasNews = false;
  #isAnew = false;
  #recorded: RecordedRun | undefined;
  #named: { readonly plan: SearchPlan; readonly names: ImageNames } | undefined;
  #looking: Promise<void> | undefined;
  readonly #listeners = new Set<RunListener>();
  #timer: NodeJS.Timeout | undefined;

  constructor(journal: string) {
    this.id = runId(journal);
    this.journal = journal;
    this.#follower = new JournalFollower(journal);
    this.#log = new LineFollower(filesOf(journal).log, { tail: LOG_TAIL });
    this.#now = new RunNow(filesOf(journal));
  }

  get isListenedTo(): boolean {
    return this.#listeners.size > 0;
  }

  /** As it was told last. */
  get latest(): PageSummary | undefined {
    return this.#summary;
  }

  /** As it stands now. @throws FileRefused, or an error with `errno`, for a journal that cannot be read */
  async state(): Promise<PageState> {
    await this.look();
    const summary = this.#summary ?? this.#withNow(this.#compute());
    return { summary, trials: [...knownRun(this.#records).rows.all] };
  }

  /**
   * The whole state at once, then every change, until it is told to end.
   * @returns what ends it
   */
  async listen(listener: RunListener): Promise<{ readonly state: PageState; readonly end: () => void }> {
    const state = await this.state();
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => void this.look().catch(() => undefined), LOOK_MS);
    return {
      state,
      end: () => {
        this.#listeners.delete(listener);
        if (this.#listeners.size === 0) this.stop();
      },
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Told by the run itself, perhaps many times a second: it is passed on with the next look. */
  tell(progress: PageProgress): void {
    this.#now.tell(progress);
  }

  /** Undefined for a journal without one. */
  async plan(): Promise<SearchPlan | undefined> {
    return (await this.recorded()).plan;
  }

  async trial(id: number): Promise<FinishedTrial | undefined> {
    return (await this.recorded()).finished.get(id);
  }

  async recorded(): Promise<RecordedRun> {
    await this.look();
    return this.#recordedNow();
  }

  /** With what there is on the disk of them. */
  async pictures(trial: FinishedTrial): Promise<PagePictures | null> {
    await this.look();
    return this.#now.withKept(picturesOf(trial), this.#recordedWithNames());
  }

  #recordedNow(): RecordedRun {
    this.#recorded ??= recordedRun(this.#records);
    return this.#recorded;
  }

  /**
   * The file of an image that is kept or has just arrived, by trial and position in it; undefined where there is none.
   * @param version first digits of the hash of its pixels: undefined for an image that has others by now
   */
  async imageFile(trial: number, position: number, version = ''): Promise<string | undefined> {
    const image = (await this.trial(trial))?.images[position] ?? this.#now.arrived(trial, position);
    if (image?.pixels.startsWith(version) !== true) return undefined;
    const stem = this.#names()?.stem(trial, imageKey(image.request, image.index));
    return stem === undefined ? undefined : keptImage(filesOf(this.journal).images, stem);
  }

  #names(): ImageNames | undefined {
    const { plan } = this.#recordedNow();
    if (plan === undefined) return undefined;
    if (this.#named?.plan !== plan) this.#named = { plan, names: imageNames(plan.requests) };
    return this.#named.names;
  }

  /** One look at a time: who asks meanwhile gets the same one. */
  async look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { isAnew, records, problems } = await this.#follower.read();
    const notices = await this.#readLog();
    for (const message of problems) notices.push({ level: 'error', message, at: null });
    const isAlive = this.#looks++ % LIFE_EVERY === 0 ? liveOwner(this.journal) !== undefined : this.#isAlive;
    this.#hasNews ||= isAnew || records.length > 0 || notices.length > 0 || isAlive !== this.#isAlive;
    this.#isAlive = isAlive;
    if (isAnew) {
      this.#records = new PassingRecords();
      this.#isAnew = true;
    }
    for (const record of records) this.#records.add(record);
    this.#notices = [...this.#notices, ...notices].slice(-MOST_NOTICES);
    await this.#now.look(isAlive);
    const base = this.#hasNews ? undefined : this.#base;
    const now = base ?? this.#compute();
    await this.#now.lookForPictures(now, this.#recordedWithNames());
    if (base !== undefined && this.#summary !== undefined) this.#publishNow(base, this.#summary);
    else this.#publish(now);
  }

  /** A log that cannot be read is none. */
  async #readLog(): Promise<PageNotice[]> {
    try {
      return (await this.#log.read()).lines.flatMap((line) => logNotice(line) ?? []);
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      return [];
    }
  }

  /** The journal says nothing new. */
  #publishNow(base: PageSummary, before: PageSummary): void {
    const summary = this.#withNow(base);
    if (NOW.every((key) => JSON.stringify(summary[key]) === JSON.stringify(before[key]))) return;
    this.#summary = summary;
    for (const listener of this.#listeners) listener({ summary, trials: [] });
  }

  #withNow(base: PageSummary): PageSummary {
    return this.#now.into(base, this.#recordedWithNames());
  }

  #recordedWithNames(): RecordedRun & { readonly names: ImageNames | undefined } {
    return { ...this.#recordedNow(), names: this.#names() };
  }

  #publish(base: PageSummary): void {
    const summary = this.#withNow(base);
    this.#summary = summary;
    const { rows } = knownRun(this.#records);
    const isAnew = this.#isAnew;
    this.#isAnew = false;
    this.#hasNews = false;
    const changed = rows.takeChanged();
    const trials = isAnew ? [...rows.all] : changed;
    for (const listener of this.#listeners) listener({ summary, trials, ...(isAnew && { isAnew }) });
  }

  /** As the journal has it, and what was read of it is let go. */
  #compute(): PageSummary {
    this.#base = pageSummary(this.#records, {
      name: outputOf(this.journal),
      isAlive: this.#isAlive,
      notices: this.#notices,
      progress: null,
    });
    this.#recorded = recordedRun(this.#records);
    this.#records.letGo();
    return this.#base;
  }
}

function recordedRun(records: PassingRecords): RecordedRun {
  const { plan, trials, rows } = knownRun(records);
  const proofs = proofRecords(records);
  const { finished } = trials;
  return {
    plan,
    finished: {
      get: (id) => finished[rows.placeOf(id) ?? -1],
      has: (id) => rows.placeOf(id) !== undefined,
      values: () => finished.values(),
    },
    scores: { get: (id) => rows.all[rows.placeOf(id) ?? -1]?.score ?? undefined },
    proofs: () => proofsOf(proofs),
  };
}

/** The same for the same journal, and no path: 16 hexadecimal digits. */
export function runId(journal: string): string {
  return createHash('sha256').update(path.resolve(journal)).digest('hex').slice(0, 16);
}
