/** Whether a reply that was lost or spoiled may simply be asked for again: where the process is the same, so is its merge. */
import { isExpected } from '../../shared/errors.ts';
import type { Client } from '../http/client.ts';
import { WebuiError, isSpoiledReply } from '../http/errors.ts';
import { isSameProcess } from './attach.ts';
import type { Attachment } from './attach.ts';

/** The failure, with what helps against it. Never throws, but for the signal's reason. */
export async function withRemedy(
  client: Client,
  attachment: Attachment,
  error: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof WebuiError) || error.retry !== 'rearm') return error;
  // What was there for the image before is missing only where something stands in front of the server.
  if (error.status !== 404 && !isSpoiledReply(error)) return error;
  try {
    if (!(await isSameProcess(client, attachment, signal))) return error;
    // A server that has not gone away has given a reason of its own.
    const { cause } = error;
    const told = cause instanceof WebuiError && cause.status !== undefined ? cause : error;
    return told.with({ retry: 'image' });
  } catch (failure) {
    signal.throwIfAborted();
    if (!isExpected(failure)) throw failure;
    return error;
  }
}
