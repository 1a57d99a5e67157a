/** The lines of a chain's journal: what is to be done, and how far it has come. The searches have journals of their own. */
import { z } from 'zod';
import { messageOf, usageError } from '../shared/errors.ts';
import { JOURNAL_LIMIT, journalText } from './read.ts';
import { readRegularFile } from '../shared/files/read-file.ts';
import { blockWeightsSchema } from '../architectures/schema.ts';

export const CHAIN_SUFFIX = '.chain.jsonl';

const at = z.strictObject({ at: z.string() });

const chainRecordSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('chain'),
    version: z.literal(1),
    /** The configuration as it was given, without secrets. */
    config: z.record(z.string(), z.unknown()),
    time: at,
  }),
  z.strictObject({
    kind: z.literal('begun'),
    step: z.string(),
    /** Its journal, relative to the working folder. */
    journal: z.string(),
    time: at,
  }),
  z.strictObject({
    kind: z.literal('ended'),
    step: z.string(),
    state: z.enum(['done', 'failed']),
    message: z.string(),
    /** What it recommends. */
    weights: blockWeightsSchema.nullable(),
    /** File of the merged checkpoint, where one was written. */
    checkpoint: z.string().nullable(),
    time: at,
  }),
]);

export type ChainRecord = z.output<typeof chainRecordSchema>;
export type EndedStep = Extract<ChainRecord, { kind: 'ended' }>;

/** @throws usage error `chain-damaged`; a last line that a crash has cut is left out */
export async function readChainJournal(file: string): Promise<ChainRecord[]> {
  let text: string;
  try {
    text = journalText(await readRegularFile(file, { limit: JOURNAL_LIMIT }));
  } catch (cause) {
    throw usageError('chain-damaged', `The chain ${file} cannot be read (${messageOf(cause)}).`, { cause });
  }
  const lines = text.split('\n').slice(0, -1);
  const records = lines.map((line, index) => parseLine(line, index + 1, file));
  if (records[0]?.kind === 'chain') return records;
  throw usageError('chain-damaged', `The chain ${file} does not begin with its configuration.`);
}

function parseLine(line: string, number: number, file: string): ChainRecord {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    raw = undefined;
  }
  const parsed = chainRecordSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw usageError(
    'chain-damaged',
    `The chain ${file} is damaged in line ${number}: remove that line, and its search is run again.`,
    { cause: parsed.error },
  );
}
