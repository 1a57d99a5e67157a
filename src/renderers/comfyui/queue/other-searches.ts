/** Searches of other computers and users at the same ComfyUI, by the marks of their prompts; those of one user have found each other by their locks. */
import { isExpected } from '../../../shared/errors.ts';
import { printable } from '../../../shared/printable.ts';
import { userTag } from '../../../shared/process/file-owner.ts';
import { serverInUse } from '../../../shared/server-in-use.ts';
import type { Client } from '../../http/client.ts';
import { recentPromptsSchema } from '../schemas.ts';
import { look } from './look.ts';
import { readQueue } from './prompts.ts';
import { readMark, type SearchMark } from './search-mark.ts';

/** @throws usage error `server-in-use` where a search of another computer has a prompt there, or had one a moment ago */
export async function refuseOtherSearch(client: Client, signal: AbortSignal): Promise<void> {
  const queue = async (): Promise<readonly Entry[]> => {
    const { queue_running: running, queue_pending: pending } = await readQueue(client, signal);
    return [...running, ...pending];
  };
  const history = async (): Promise<readonly Entry[]> =>
    look(client, `/history?max_items=${HISTORY}`, recentPromptsSchema, signal);
  const [now, recently] = [await entriesOf(queue, signal), await entriesOf(history, signal)];
  const marks = [
    ...now.flatMap(marksIn),
    // Between two prompts a search scores images.
    ...recently.flatMap(marksIn).filter(({ sent }) => Math.abs(Date.now() - sent) < RECENT_MS),
  ];
  const other = marks.find(({ user }) => user !== userTag());
  if (other === undefined) return;
  const run = typeof other.run === 'string' ? `search "${printable(other.run)}"` : 'a search';
  throw serverInUse(client.address, `${run} on the computer "${printable(other.computer)}"`);
}

type Entry = readonly unknown[];

/** A server that fails at this shows nothing; whoever draws on it next says what is wrong. */
async function entriesOf(
  read: () => Promise<readonly Entry[]>,
  signal: AbortSignal,
): Promise<readonly Entry[]> {
  try {
    return await read();
  } catch (error) {
    signal.throwIfAborted();
    if (!isExpected(error)) throw error;
    return [];
  }
}

function marksIn([, , , extra]: Entry): SearchMark[] {
  const mark = readMark(extra);
  return mark === undefined ? [] : [mark];
}

const HISTORY = 8;
/** A search that was killed keeps others out for no longer. */
const RECENT_MS = 120_000;
