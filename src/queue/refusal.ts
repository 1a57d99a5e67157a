/** A Redis that answers and takes nothing more: full, without room on its disk, or a replica. In words, with what helps. */
import { runError, type AutombwError } from '../shared/errors.ts';
import type { QueueAddress } from './address.ts';

interface Refusal {
  /** Of Redis: as the answer to a command, and within that to a script. */
  readonly answer: RegExp;
  /** Behind "The queue at …". */
  readonly words: string;
}

const REFUSALS: readonly Refusal[] = [
  {
    answer: /(?:^|[\s-])OOM command not allowed/,
    words:
      'is full (maxmemory reached) and rejects writes: raise maxmemory there, or remove other data from it.',
  },
  {
    answer: /(?:^|[\s-])READONLY /,
    words: 'is a read-only replica: give the address of its primary.',
  },
  {
    answer: /(?:^|[\s-])MISCONF /,
    words: 'rejects writes because it cannot write to its disk: free some space there.',
  },
];

/** A sentence for people; undefined where the error says something else. */
export function refusalOf({ shown }: Pick<QueueAddress, 'shown'>, error: unknown): string | undefined {
  const texts = textsOf(error);
  const refusal = REFUSALS.find(({ answer }) => texts.some((text) => answer.test(text)));
  return refusal && `The queue at ${shown} ${refusal.words}`;
}

/** Run error `queue-refuses`; undefined as above. */
export function asRefused(address: Pick<QueueAddress, 'shown'>, error: unknown): AutombwError | undefined {
  const sentence = refusalOf(address, error);
  return sentence === undefined ? undefined : runError('queue-refuses', sentence, { cause: error });
}

/** Of several commands at once the first answer that counts stands behind a general one. */
function textsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const previous: unknown = Reflect.get(error, 'previousErrors');
  return [error.message, ...(Array.isArray(previous) ? previous.flatMap((one) => textsOf(one)) : [])];
}
