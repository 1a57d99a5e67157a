/** What the list of runs tells of one of them. */

/**
 * `finished`: it reached its goal; `stopped`: by somebody, or by failures; `running`: a live process has it locked;
 * `dead`: neither stopped nor running, `resume` goes on; `recovered`: a journal made from a log; `csv`: a history of the
 * Python tool, without a journal; `unreadable`: see `problem`.
 */
export const RUN_STATES = [
  'finished',
  'stopped',
  'running',
  'dead',
  'recovered',
  'csv',
  'unreadable',
] as const;
export type RunState = (typeof RUN_STATES)[number];

export interface HistoryEntry {
  readonly state: RunState;
  /** The journal, or the CSV where there is none. */
  readonly file: string;
  /** Local time of the beginning, `YYYY-MM-DD hh:mm:ss`; empty where the name does not tell. */
  readonly date: string;
  readonly modelA: string;
  readonly modelB: string;
  readonly output: string;
  /** 0, 1, 2 for P1, P2, P3. */
  readonly pass: number;
  readonly best: number | null;
  /** Number of the iteration (journal) or row (CSV) with the best score. */
  readonly bestIteration: number | null;
  /** Iterations; baselines are none, here and below. */
  readonly scored: number;
  readonly failed: number;
  /** Those that its scores are made of, of all iterations together; null where nothing tells. */
  readonly images: number | null;
  /** Of all sessions; null where nothing tells. */
  readonly hours: number | null;
  readonly scorer: string;
  readonly optimizer: string;
  /** Why it stopped, in a sentence, or why it cannot be read. */
  readonly reason: string;
}

/** Folder and name of a file say what a run is called, when it began and of which models it is. */
export function namedEntry(
  file: string,
): Pick<HistoryEntry, 'file' | 'date' | 'modelA' | 'modelB' | 'output' | 'pass'> {
  const [folder = '', name = ''] = file.split(/[\\/]/).slice(-2);
  const [modelA = '', modelB = ''] = folder.split(/ - (.*)/s, 2);
  const stem = name.replace(/\.journal\.jsonl$|\.csv$/, '');
  const [, output = stem, pass = '0', date = ''] =
    /^(.*)-(\d+)-(\d{4}(?:-\d{2}){4}(?:[AP]M)?-\d{2})(?:-\d+)?$/.exec(stem) ?? [];
  return { file, date: readDate(date), modelA, modelB, output, pass: Number(pass) };
}

/** Ours `2026-01-31-15-04-05`, the Python tool's `2023-11-17-04-13PM-01`, on a clock of 12 hours. */
function readDate(text: string): string {
  const [, day, hour = '', minute, half, second] =
    /^(\d{4}-\d{2}-\d{2})-(\d{2})-(\d{2})([AP]M)?-(\d{2})/.exec(text) ?? [];
  if (day === undefined) return '';
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === 'PM' ? 12 : 0);
  return `${day} ${String(hours).padStart(2, '0')}:${minute}:${second}`;
}
