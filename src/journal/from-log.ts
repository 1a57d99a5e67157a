/** A journal out of our own log file, or out of a damaged journal: the lines that are whole are kept as they are. */
import { parseJson } from '../shared/parse-json.ts';
import { isObject, NewerJournal, presentRecord, writtenByNewer } from './lines.ts';
import { RECORD_FORMAT, recordSchema, type JournalRecord } from './record.ts';
import { versionOf, type RawRecord } from './upgrade.ts';

/** What the log adds to a record. */
const LOG_KEYS = ['level', 'at', 'msg'] as const;

/**
 * @param source name of the log, for messages
 * @returns the records from the last plan on, without those whose trial was never asked; undefined when there is no plan
 * @throws usage error `journal-version` for the log of a newer autombw: without the records that are not known here, the
 * others could mean something else
 */
export function journalFromLog(text: string, source: string): JournalRecord[] | undefined {
  const lines = text.split('\n').map(valueIn).filter(isObject).map(withoutLogKeys);
  const start = lines.findLastIndex(isPlan);
  if (start < 0) return undefined;
  const asked = new Set<number>();
  return recordsOf(lines.slice(start), source).filter((record) => {
    if (record.kind === 'asked') asked.add(record.trial);
    return !('trial' in record) || record.kind === 'learnt' || asked.has(record.trial);
  });
}

function recordsOf(lines: readonly RawRecord[], source: string): JournalRecord[] {
  let version = 1;
  try {
    return lines.flatMap((line) => {
      version = versionOf(line) ?? version;
      const parsed = recordSchema.safeParse(presentRecord(line, version, RECORD_FORMAT));
      return parsed.success ? [parsed.data] : [];
    });
  } catch (error) {
    throw error instanceof NewerJournal ? writtenByNewer(`The log ${source}`, error.message) : error;
  }
}

/** A damaged plan is none; what a newer version calls one cannot be judged here. */
function isPlan(line: RawRecord): boolean {
  if (line['kind'] !== 'plan') return false;
  const version = versionOf(line) ?? 1;
  if (version > RECORD_FORMAT.version) return true;
  return recordSchema.safeParse(presentRecord(line, version, RECORD_FORMAT)).success;
}

/** Undefined for a torn or a foreign line: exactly what recovering is about. */
function valueIn(line: string): unknown {
  return line.includes('"kind"') ? parseJson(line.slice(line.indexOf('{'))) : undefined;
}

function withoutLogKeys(raw: RawRecord): RawRecord {
  const fields: Record<string, unknown> = { ...raw };
  for (const key of LOG_KEYS) delete fields[key];
  return fields;
}
