/**
 * Notices that ComfyUI was started again between two prompts, so fast that no request failed. Its files may be others since. It numbers the
 * prompts that it gets from 0, and says the number of each.
 */
import type { Client } from '../../http/client.ts';
import { webuiError } from '../../http/errors.ts';
import { readHistory } from './prompts.ts';

interface Numbered {
  readonly id: string;
  readonly number: number;
}

export class PromptNumbers {
  /** Of ours, the last one of which the number is known. */
  #last: Numbered | undefined;

  /** Whoever has found the server again knows what can be known of it. */
  forget(): void {
    this.#last = undefined;
  }

  /** @throws WebuiError `webui-lost` when it has begun to count again since the last prompt */
  async note(client: Client, now: Numbered, signal: AbortSignal): Promise<void> {
    const last = this.#last;
    this.#last = now;
    if (last === undefined || now.number > last.number) return;
    // Something in front of it may number prompts as it likes; only the process that ran a prompt knows it.
    if ((await readHistory(client, last.id, signal)) !== undefined) return;
    throw webuiError('webui-lost', `ComfyUI at ${client.address} was restarted since the last prompt.`);
  }
}
