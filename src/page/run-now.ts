/**
 * What neither journal nor log tells of a run: what its servers do, pictures of the iteration that is being measured, and which
 * pictures are on the disk.
 */
import { stat } from 'node:fs/promises';
import { imageKey, type ImageNames } from '../images/names.ts';
import type { RunFiles } from '../journal/name-run.ts';
import { readStatus, type MeasuredStatus, type RunStatus } from '../observers/run-status.ts';
import { isSystemError } from '../shared/system-error.ts';
import type { ArrivedImage, FinishedTrial } from '../types.ts';
import { KeptTrials } from './gallery/kept-files.ts';
import type { PageArriving, PagePictures, PageProgress, PageServer, PageSummary } from './state.ts';

/** What the journal has of the run. */
interface Recorded {
  readonly finished: Pick<ReadonlyMap<number, FinishedTrial>, 'get' | 'has'>;
  /** Undefined for a journal without a plan. */
  readonly names: ImageNames | undefined;
}

export class RunNow {
  readonly #file: string;
  readonly #kept: KeptTrials;
  #stamp = '';
  #status: RunStatus | undefined;
  /** Trials of which pictures are shown and are on the disk. */
  #shown: ReadonlySet<number> = new Set();
  #told: PageProgress | null = null;

  constructor({ status, images }: Pick<RunFiles, 'status' | 'images'>) {
    this.#file = status;
    this.#kept = new KeptTrials(images);
  }

  /** By the run itself, where it is one of this process: fresher than its file. */
  tell(progress: PageProgress): void {
    this.#told = progress;
  }

  /** @param isAlive what a run that is gone has left is old */
  async look(isAlive: boolean): Promise<void> {
    if (!isAlive) {
      this.#stamp = '';
      this.#status = undefined;
      this.#told = null;
    } else await this.#readStatus();
  }

  /** Which of the pictures that a summary shows are on the disk. */
  async lookForPictures({ pictures, bestPictures }: PageSummary, recorded: Recorded): Promise<void> {
    const shown = new Set<number>();
    for (const trial of new Set([pictures, bestPictures].map((some) => some?.trial)))
      if (trial !== undefined && (await this.#isKept(trial, recorded))) shown.add(trial);
    this.#shown = shown;
  }

  /** The summary with all that. */
  into(summary: PageSummary, recorded: Recorded): PageSummary {
    const { servers } = this.#status ?? {};
    const isAway = summary.state === 'running' && isWithoutServer(servers);
    return {
      ...summary,
      ...(isAway && { sentence: 'No WebUI is answering: the run waits until one does.' }),
      pictures: this.#withKept(summary.pictures),
      bestPictures: this.#withKept(summary.bestPictures),
      arriving: this.#arriving(summary, recorded),
      ...(servers !== undefined && { servers: servers.map(pageServer) }),
      progress: isAtRest(servers) ? null : (this.#told ?? progressOf(servers)),
    };
  }

  /** With whether there are some on the disk. */
  async withKept(pictures: PagePictures | null, recorded: Recorded): Promise<PagePictures | null> {
    return pictures && { ...pictures, kept: await this.#isKept(pictures.trial, recorded) };
  }

  #withKept(pictures: PagePictures | null): PagePictures | null {
    return pictures && { ...pictures, kept: this.#shown.has(pictures.trial) };
  }

  async #isKept(trial: number, { finished, names }: Recorded): Promise<boolean> {
    const { images = [] } = finished.get(trial) ?? {};
    const stems = images.flatMap(({ request, index }) => names?.stem(trial, imageKey(request, index)) ?? []);
    return this.#kept.has(trial, stems);
  }

  /** An image of a trial that is being measured, by its position among all that the trial will have. */
  arrived(trial: number, position: number): ArrivedImage | undefined {
    const measured = this.#status?.measured.find((one) => one.trial === trial);
    return measured?.images[position - measured.had];
  }

  #arriving({ current }: PageSummary, { finished }: Recorded): PageArriving | null {
    const measured = this.#status?.measured.filter(({ trial, had }) => had > 0 || !finished.has(trial));
    const shown = measured?.find(({ trial }) => trial === current?.trial) ?? measured?.at(-1);
    return shown === undefined ? null : pageArriving(shown);
  }

  /** A file that cannot be read is none. */
  async #readStatus(): Promise<void> {
    try {
      const { mtimeMs, size, ino } = await stat(this.#file);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (stamp === this.#stamp) return;
      this.#status = await readStatus(this.#file);
      this.#stamp = stamp;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#stamp = '';
      this.#status = undefined;
    }
  }
}

/** Nobody is asked anything, as in a pause: what was told of the last image is over. */
function isAtRest(servers: RunStatus['servers'] = []): boolean {
  return servers.length > 0 && servers.every(({ state }) => state === 'idle');
}

function isWithoutServer(servers: RunStatus['servers'] = []): boolean {
  return servers.length > 0 && servers.every(({ state }) => state === 'down');
}

function pageServer(server: RunStatus['servers'][number]): PageServer {
  const { name, address, state, sentence, since, images, secondsPerImage = null } = server;
  // Some names end with the address.
  const shown = address === null ? name : name.replace(` at ${address}`, '');
  const made = images === undefined ? {} : { images, secondsPerImage };
  return { name: shown, address: address ?? '', state, sentence, since, ...made };
}

/** Of several servers, the one that is at work. */
function progressOf(servers: RunStatus['servers'] = []): PageProgress | null {
  const atWork = servers.filter(({ work }) => work !== null);
  const { work } = atWork.find(({ state }) => state === 'drawing') ?? atWork[0] ?? {};
  if (work == null) return null;
  const { label, ...rest } = work;
  return { ...rest, ...(label !== undefined && { label }) };
}

function pageArriving({ trial, had, total, images }: MeasuredStatus): PageArriving {
  return {
    trial,
    images: images.map(({ payload, seed, score, pixels }, n) => ({
      position: had + n,
      payload,
      seed,
      score,
      version: pixels.slice(0, 12),
    })),
    done: had + images.length,
    total,
  };
}
