/** A journal out of our own log file, or out of a damaged journal: the lines that are whole are kept as they are. */
import { recordSchema, type JournalRecord } from './record.ts';

/** What the log adds to a record. */
const LOG_KEYS = ['level', 'at', 'msg'] as const;

/**
 * @returns the records from the last plan on, without those whose trial was never asked; undefined when there is no plan
 */
export function journalFromLog(text: string): JournalRecord[] | undefined {
  const records = text.split('\n').flatMap(parseRecord);
  const start = records.findLastIndex(({ kind }) => kind === 'plan');
  if (start < 0) return undefined;
  const asked = new Set<number>();
  return records.slice(start).filter((record) => {
    if (record.kind === 'asked') asked.add(record.trial);
    return !('trial' in record) || record.kind === 'learnt' || asked.has(record.trial);
  });
}

function parseRecord(line: string): JournalRecord[] {
  if (!line.includes('"kind"')) return [];
  let raw: unknown;
  try {
    raw = JSON.parse(line.slice(line.indexOf('{')));
  } catch {
    // A torn or foreign line: exactly what recovering is about.
    return [];
  }
  if (typeof raw !== 'object' || raw === null) return [];
  const fields: Record<string, unknown> = { ...raw };
  for (const key of LOG_KEYS) delete fields[key];
  const parsed = recordSchema.safeParse(fields);
  return parsed.success ? [parsed.data] : [];
}
