/**
 * Searches of other computers and users at the same server; those of one user have found each other by their locks. The server shows little: jobs that wait, by
 * their names, and the checkpoint that is selected, which is a merged file of a search where merged files are written.
 */
import { randomUUID } from 'node:crypto';
import { ownerOfWorkFile } from '../../../checkpoints/work-files.ts';
import { pause } from '../../../shared/abort/pause.ts';
import { isExpected } from '../../../shared/errors.ts';
import { machineTag, userTag } from '../../../shared/process/file-owner.ts';
import { serverInUse } from '../../../shared/server-in-use.ts';
import type { Client } from '../../http/client.ts';
import { isBusy, readProgress } from '../progress.ts';
import { pendingTasksSchema } from '../schemas.ts';

/** The name of a job in the server's queue says whose it is. */
export function newTaskId(): string {
  return `task(autombw-${userTag()}-${randomUUID()})`;
}

export function isOtherSearch(taskId: string): boolean {
  const user = /^task\(autombw-([0-9a-f]{8}u\d+)-/.exec(taskId)?.[1];
  return user !== undefined && user !== userTag();
}

/**
 * Before anything is changed on the server.
 * @param selected the checkpoint
 * @throws usage error `server-in-use`
 */
export async function refuseOtherSearch(
  client: Client,
  selected: string | null,
  pollSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  const waiting = await waitingTasks(client, signal);
  const owner = selected === null ? undefined : ownerOfWorkFile(selected);
  const isForeign = owner !== undefined && !owner.startsWith(`${machineTag()}-`);
  // A search that was killed leaves its merged file selected; one that lives draws.
  if (waiting.some(isOtherSearch) || (isForeign && (await moves(client, pollSeconds, signal)))) {
    throw serverInUse(client.address, 'a search by another computer or user');
  }
}

async function waitingTasks(client: Client, signal: AbortSignal): Promise<readonly string[]> {
  try {
    return (await client.get('/internal/pending-tasks', pendingTasksSchema, signal, { retry: false })).tasks;
  } catch (error) {
    signal.throwIfAborted();
    // With --nowebui there is no list.
    if (!isExpected(error)) throw error;
    return [];
  }
}

/** Does the server work, or has it worked between two looks? */
async function moves(client: Client, pollSeconds: number, signal: AbortSignal): Promise<boolean> {
  let before: string | null | undefined;
  for (let look = 0; look < LOOKS; look++) {
    if (look > 0) await pause(1000 * pollSeconds, signal);
    const progress = await readProgress(client, signal);
    const { job_timestamp: began = null } = progress.state;
    if (isBusy(progress) || (before !== undefined && began !== before)) return true;
    before = began;
  }
  return false;
}

/** A search that scores an image by a slow scorer leaves the server idle for that long. */
const LOOKS = 8;
