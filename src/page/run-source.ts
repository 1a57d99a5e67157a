/** The runs that a page shows: those of a folder, or those that a process makes. */
import type { PageRun } from './state.ts';
import { runId, WatchedRun } from './watched-run.ts';

/** A run of the list; its address follows from its journal. */
export interface ListedRun extends Omit<PageRun, 'id'> {
  readonly journal: string;
}

export type ListRuns = () => readonly ListedRun[];

/** Runs that stay in memory although nobody looks at them. */
const MOST_IDLE = 3;

export class RunSource {
  readonly #list: ListRuns;
  /** Journals by address, of the last list. */
  #journals = new Map<string, string>();
  /** The one that was asked for last is the last. */
  readonly #watched = new Map<string, WatchedRun>();

  constructor(list: ListRuns) {
    this.#list = list;
  }

  /** The newest first. */
  list(): PageRun[] {
    const listed = this.#list();
    this.#journals = new Map(listed.map(({ journal }) => [runId(journal), journal]));
    return listed.map(({ journal, ...run }) => {
      const id = runId(journal);
      return { id, ...run, ...latestOf(this.#watched.get(id), run.state) };
    });
  }

  /** @param id of the list: nothing else can be looked at */
  find(id: string): WatchedRun | undefined {
    const known = this.#watched.get(id);
    if (known !== undefined) {
      this.#watched.delete(id);
      this.#watched.set(id, known);
      return known;
    }
    if (!this.#journals.has(id)) this.list();
    const journal = this.#journals.get(id);
    if (journal === undefined) return undefined;
    const run = new WatchedRun(journal);
    this.#watched.set(id, run);
    const idle = [...this.#watched.values()].filter((one) => one !== run && !one.isListenedTo);
    for (const { id: other } of idle.slice(0, Math.max(0, idle.length - MOST_IDLE)))
      this.#watched.delete(other);
    return run;
  }

  close(): void {
    for (const run of this.#watched.values()) run.stop();
  }
}

/** A run that somebody looks at just now is known better than any list does. */
function latestOf(run: WatchedRun | undefined, listed: string): Partial<PageRun> {
  const summary = run?.isListenedTo === true ? run.latest : undefined;
  if (summary === undefined) return {};
  const { state, done, best } = summary;
  // The list knows how it ended.
  return {
    ...(state !== 'ended' && state !== 'dead' ? { state } : { state: listed }),
    done,
    best: best?.score ?? null,
  };
}
