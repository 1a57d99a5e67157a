/** What the reply to a failed generation does not say of itself. */
import { isExpected } from '../../shared/errors.ts';
import type { Attachment } from './attach.ts';
import { isSameProcess } from './attach.ts';
import { restarted } from './calls.ts';
import type { Client } from '../http/client.ts';
import { WebuiError, webuiError } from '../http/errors.ts';
import { memorySchema } from './schemas.ts';

export class Failures {
  readonly #client: Client;
  /** How often the process had run out of memory when it was looked at last. */
  #outOfMemory = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  async note(signal: AbortSignal): Promise<void> {
    this.#outOfMemory = (await countOutOfMemory(this.#client, signal)) ?? 0;
  }

  /** The same error, or the one behind it. */
  async explain(attachment: Attachment, error: unknown, signal: AbortSignal): Promise<unknown> {
    if (!(error instanceof WebuiError) || signal.aborted) return error;
    if (error.code === 'webui-rejected') {
      // What this process took yesterday, one that was started since may refuse: it may lack the extension.
      const isSame = await isSameProcess(this.#client, attachment, signal).catch(() => true);
      return isSame ? error : restarted(this.#client);
    }
    if (error.code !== 'webui-server-error') return error;
    const before = this.#outOfMemory;
    await this.note(signal);
    return this.#outOfMemory > before ? outOfMemory(this.#client, error) : error;
  }
}

/** Since its start, on the graphics card; undefined where it does not count. */
async function countOutOfMemory(client: Client, signal: AbortSignal): Promise<number | undefined> {
  try {
    const { cuda } = await client.get('/sdapi/v1/memory', memorySchema, signal, { retry: false });
    return cuda.events.oom;
  } catch (error) {
    if (!isExpected(error)) throw error;
    return undefined;
  }
}

/** An exception that says nothing of itself, as newer servers answer, while the count has gone up. */
function outOfMemory({ address }: Client, cause: WebuiError): WebuiError {
  return webuiError(
    'webui-out-of-memory',
    `The WebUI at ${address} ran out of memory on its graphics card: use smaller images or batches, or free the card (its reply: ${cause.message})`,
    { cause, ...(cause.status === undefined ? {} : { status: cause.status }) },
  );
}
