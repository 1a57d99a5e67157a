/** One run that somebody looks at: its journal and its log, followed for as long as anybody listens. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { keptImage } from '../images/kept-image.ts';
import { imageKey, imageNames, type ImageNames } from '../images/names.ts';
import { JournalFollower } from '../journal/follow.ts';
import { liveOwner } from '../journal/find.ts';
import { filesOf, outputOf } from '../journal/name-run.ts';
import type { JournalRecord, SearchPlan } from '../journal/record.ts';
import { growingTrials } from '../journal/trial-book.ts';
import { LineFollower } from '../shared/files/follow-lines.ts';
import { isReadFailure } from '../shared/files/read-file.ts';
import type { FinishedTrial } from '../types.ts';
import { pageState, picturesOf } from './model.ts';
import { logNotice } from './notices.ts';
import { RunNow } from './run-now.ts';
import type {
  PageChange,
  PageNotice,
  PagePictures,
  PageProgress,
  PageState,
  PageSummary,
  PageTrial,
} from './state.ts';

export type RunListener = (change: PageChange) => void;

/** What the journal says so far; another object as soon as it says more. */
export interface RecordedRun {
  readonly records: readonly JournalRecord[];
  readonly finished: ReadonlyMap<number, FinishedTrial>;
  /** What trials are compared by; those without a score are not in it. */
  readonly scores: ReadonlyMap<number, number>;
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
  #records: JournalRecord[] = [];
  #notices: PageNotice[] = [];
  #isAlive = false;
  #looks = 0;
  readonly #now: RunNow;
  /** As the journal has it. */
  #base: PageState | undefined;
  #state: PageState | undefined;
  /** Rows as they were told, to tell only what has changed. */
  #told = new Map<number, PageTrial>();
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
    return this.#state?.summary;
  }

  /** As it stands now. @throws FileRefused, or an error with `errno`, for a journal that cannot be read */
  async state(): Promise<PageState> {
    await this.look();
    return this.#state ?? this.#compute();
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
    await this.look();
    const [first] = this.#records;
    return first?.kind === 'plan' ? first.plan : undefined;
  }

  async trial(id: number): Promise<FinishedTrial | undefined> {
    return (await this.recorded()).finished.get(id);
  }

  async recorded(): Promise<RecordedRun> {
    return this.#recordedOf(await this.state());
  }

  /** With what there is on the disk of them. */
  async pictures(trial: FinishedTrial): Promise<PagePictures | null> {
    return this.#now.withKept(picturesOf(trial), { ...(await this.recorded()), names: this.#names() });
  }

  #recordedOf({ trials }: PageState): RecordedRun {
    this.#recorded ??= {
      records: this.#records,
      finished: new Map(growingTrials(this.#records).finished.map((trial) => [trial.id, trial])),
      scores: new Map(trials.flatMap(({ id, score }) => (score === null ? [] : [[id, score]]))),
    };
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
    const [first] = this.#records;
    if (first?.kind !== 'plan') return undefined;
    if (this.#named?.plan !== first.plan)
      this.#named = { plan: first.plan, names: imageNames(first.plan.requests) };
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
    const hasNews = isAnew || records.length > 0 || notices.length > 0 || isAlive !== this.#isAlive;
    this.#isAlive = isAlive;
    if (isAnew) this.#records = [];
    // Images are shown as the run tells of them; those of a finished trial stand in the record that ends it.
    for (const record of records) if (record.kind !== 'image') this.#records.push(record);
    this.#notices = [...this.#notices, ...notices].slice(-MOST_NOTICES);
    await this.#now.look(isAlive);
    if (!hasNews && this.#base !== undefined && this.#state !== undefined) {
      this.#publishNow(this.#base, this.#state.summary);
      return;
    }
    this.#recorded = undefined;
    this.#publish();
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
  #publishNow(base: PageState, before: PageSummary): void {
    const state = this.#withNow(base);
    if (NOW.every((key) => JSON.stringify(state.summary[key]) === JSON.stringify(before[key]))) return;
    this.#state = state;
    for (const listener of this.#listeners) listener({ summary: state.summary, trials: [] });
  }

  #withNow(base: PageState): PageState {
    const recorded = { ...this.#recordedOf(base), names: this.#names() };
    return { summary: this.#now.into(base.summary, recorded), trials: base.trials };
  }

  #publish(): void {
    const { summary, trials } = this.#compute();
    const changed: PageTrial[] = [];
    const told = new Map<number, PageTrial>();
    for (const trial of trials) {
      told.set(trial.id, trial);
      if (this.#told.get(trial.id) !== trial) changed.push(trial);
    }
    const isShorter = [...this.#told.keys()].some((id) => !told.has(id));
    this.#told = told;
    for (const listener of this.#listeners)
      listener({ summary, trials: isShorter ? trials : changed, ...(isShorter && { isAnew: true }) });
  }

  #compute(): PageState {
    this.#base = pageState(this.#records, {
      name: outputOf(this.journal),
      isAlive: this.#isAlive,
      notices: this.#notices,
      progress: null,
    });
    this.#recorded = undefined;
    this.#state = this.#withNow(this.#base);
    return this.#state;
  }
}

/** The same for the same journal, and no path: 16 hexadecimal digits. */
export function runId(journal: string): string {
  return createHash('sha256').update(path.resolve(journal)).digest('hex').slice(0, 16);
}
