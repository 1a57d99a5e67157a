/**
 * Journals of older format versions, brought to the present one before anything of them is believed.
 *
 * The version is that of the first line; a later line that carries one speaks for itself and the lines behind it, for a newer
 * autombw may go on with an old journal. A further optional key, in a record or in the options of a plan, is no new version:
 * readers keep what they do not know (other names of options: config/recorded-config.ts). A key of a record that gets another
 * name, or a value that means something else, is a new version, with one step here. A record of an unknown kind is the work of
 * a newer autombw too, whatever version it says: only that one can tell whether the rest means the same without it.
 */

export const JOURNAL_VERSION = 1;

/** A line as JSON. */
export type RawRecord = Readonly<Record<string, unknown>>;

/** Makes a record of the next version out of one of this version. */
type UpgradeStep = (record: RawRecord) => RawRecord;

/** The format that is read, and how older ones come to it. */
export interface JournalFormat {
  readonly version: number;
  /** The first makes version 2 of version 1: one fewer than there are versions. */
  readonly steps: readonly UpgradeStep[];
}

export const PRESENT_FORMAT: JournalFormat = { version: JOURNAL_VERSION, steps: [] };

/** @param from its version, from 1 up to the one of the format */
export function upgrade(
  record: RawRecord,
  from: number,
  { version, steps }: JournalFormat = PRESENT_FORMAT,
): RawRecord {
  const upgraded = steps.slice(from - 1).reduce((raw, step) => step(raw), record);
  return versionOf(record) === undefined ? upgraded : { ...upgraded, version };
}

/** The version that a line carries; undefined for none, or for what is no version. */
export function versionOf(raw: unknown): number | undefined {
  if (typeof raw !== 'object' || raw === null || !('version' in raw)) return undefined;
  const { version } = raw;
  return typeof version === 'number' && Number.isInteger(version) && version >= 1 ? version : undefined;
}
