/** Where a run stands, by the last words of its journal and by whether somebody still writes it. */
import { pauseOf } from '../journal/read.ts';
import type { JournalRecord, RecordOf } from '../journal/record.ts';
import { pauseText } from '../observers/progress-text.ts';
import type { RunStateName } from './state.ts';

export function runState(
  records: readonly JournalRecord[],
  isAlive: boolean,
): { readonly state: RunStateName; readonly sentence: string } {
  const [first] = records;
  if (first?.kind === 'recovered') return { state: 'ended', sentence: `Recovered from ${first.source}.` };
  const last = records.findLast(({ kind }) => TELLING.has(kind));
  if (last?.kind === 'stopped') return { state: 'ended', sentence: last.reason.message };
  if (!isAlive) {
    return first === undefined
      ? { state: 'dead', sentence: 'The journal holds nothing yet.' }
      : {
          state: 'dead',
          sentence:
            'It ended without a word: it was killed, or the machine went down. autombw resume goes on.',
        };
  }
  const pause = pauseOf(records);
  if (pause !== undefined) return { state: 'paused', sentence: pauseSentence(pause) };
  const end = records.findLast(({ kind }) => kind === 'stopping' || kind === 'resumed');
  if (end?.kind === 'stopping')
    return { state: 'running', sentence: 'It stops after the iteration that is measured.' };
  if (isProving(records)) return { state: 'proof', sentence: 'The best is compared on fresh images.' };
  return { state: 'running', sentence: 'The search goes on.' };
}

function pauseSentence({ by, time, until }: RecordOf<'paused'>): string {
  if (until !== undefined) {
    const text = pauseText({ by, since: time.at, until });
    return `It ${text}; Go on lets it work until the next of its hours.`;
  }
  if (by.startsWith('--pause-file')) return `It waits for as long as the file of ${by} is there.`;
  return `It waits until it is told to go on, as ${by} asked.`;
}

const TELLING: ReadonlySet<string> = new Set(['plan', 'resumed', 'stopped', 'proving']);

function isProving(records: readonly JournalRecord[]): boolean {
  const last = records.findLast(({ kind }) => kind === 'proving' || kind === 'verdict' || kind === 'asked');
  return last?.kind === 'proving';
}
