/** The lines of a chain's journal: what is to be done, and how far it has come. The searches have journals of their own. */
import { z } from 'zod';
import { usageError } from '../shared/errors.ts';
import { parseLines, writtenByNewer, type LineFormat } from './lines.ts';
import { openObject } from './open-object.ts';
import { weightsV1 } from './plan-v1.ts';
import { JOURNAL_LIMIT, journalText } from './read.ts';
import { readRegularFile } from '../shared/files/read-file.ts';
import { staysInside } from '../shared/files/stays-inside.ts';
import { systemReason } from '../shared/system-error.ts';

export const CHAIN_SUFFIX = '.chain.jsonl';

const at = openObject({ at: z.string() });

const chainRecordSchema = z.discriminatedUnion('kind', [
  openObject({
    kind: z.literal('chain'),
    version: z.literal(1),
    /** The configuration as it was given, without secrets. */
    config: z.record(z.string(), z.unknown()),
    time: at,
  }),
  openObject({
    kind: z.literal('begun'),
    step: z.string(),
    /** Its journal, relative to the working folder. */
    journal: z.string().refine(staysInside, 'points outside the folder of the chain'),
    time: at,
  }),
  openObject({
    kind: z.literal('ended'),
    step: z.string(),
    state: z.enum(['done', 'failed']),
    message: z.string(),
    /** What it recommends. */
    weights: weightsV1.nullable(),
    /** File of the merged checkpoint, where one was written. */
    checkpoint: z.string().nullable(),
    time: at,
  }),
]);

/** It has versions of its own. */
const CHAIN_FORMAT: LineFormat = {
  version: 1,
  steps: [],
  kinds: new Set(chainRecordSchema.options.map(({ shape }) => shape.kind.value)),
};

export type ChainRecord = z.output<typeof chainRecordSchema>;

/** @throws usage errors `chain-damaged`, `journal-version`; a last line that a crash has cut is left out */
export async function readChainJournal(file: string): Promise<ChainRecord[]> {
  let text: string;
  try {
    text = journalText(await readRegularFile(file, { limit: JOURNAL_LIMIT }));
  } catch (cause) {
    throw usageError('chain-damaged', `The chain ${file} cannot be read (${systemReason(cause)}).`, {
      cause,
    });
  }
  const lines = text.split('\n').slice(0, -1);
  const records = parseLines(lines, chainRecordSchema, CHAIN_FORMAT, {
    newer: (reason) => writtenByNewer(`The chain ${file}`, reason),
    damaged: (line, _, cause) =>
      usageError(
        'chain-damaged',
        `The chain ${file} is damaged in line ${line}: delete that line to repeat its search.`,
        { cause },
      ),
  });
  if (records[0]?.kind === 'chain') return records;
  throw usageError('chain-damaged', `The chain ${file} does not begin with its configuration.`);
}
