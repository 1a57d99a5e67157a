/**
 * Follows one prompt from the queue to its end: over the WebSocket, and by looking at queue and history where that is
 * silent or gone.
 */
import { awakeTime } from '../../../shared/awake-time.ts';
import { onAbort } from '../../../shared/abort/on-abort.ts';
import { isSpoiledReply, webuiError } from '../../http/errors.ts';
import type { ComfyConnection } from '../client.ts';
import { NodeFailure, lostError } from '../errors.ts';
import { createMailbox } from './mailbox.ts';
import type { Mailbox } from './mailbox.ts';
import { readHistory, readQueue } from './prompts.ts';
import { executedSchema, executingSchema, progressSchema, statusSchema } from '../schemas.ts';
import type { Message, StoredImage } from '../schemas.ts';
import { openSocket } from './socket.ts';
import type { Socket } from './socket.ts';
import { counted } from '../../../shared/counted.ts';
import { duration } from '../../../shared/duration.ts';

export interface WatchOptions {
  /** Told for every sampler step. */
  readonly onProgress: (node: string, step: number, steps: number) => void;
  /** A prompt that runs without a sign of movement for so long has failed; 0 = never. */
  readonly stallSeconds: number;
  /** Longest time for one image, on the average of the prompt; 0 = none. */
  readonly attemptTimeoutSeconds: number;
  readonly pollSeconds: number;
  /** Images that the prompt makes: without the WebSocket, the end is the only movement. */
  readonly images: number;
}

export interface NodeImages {
  readonly node: string;
  readonly images: readonly StoredImage[];
  /** When the server told, on the clock of `awakeTime`. */
  readonly at: number;
}

/** `open` before the prompt is posted, or its first messages are lost. */
export class Watch {
  readonly #connection: ComfyConnection;
  readonly #prompt: { readonly id: string; readonly clientId: string };
  readonly #options: WatchOptions;
  readonly #mailbox: Mailbox<Event> = createMailbox();
  #socket: Socket | undefined;
  #reconnects = 0;
  #failedLooks = 0;
  #movedAt = awakeTime();
  /** Undefined while others are before it. */
  #startedAt: number | undefined;
  /** What the last look at the queue saw. */
  #seen = '';
  #state: 'pending' | 'running' | 'missing' = 'pending';
  /** At work, as far as the WebSocket has told. */
  #node: string | undefined;

  constructor(
    connection: ComfyConnection,
    prompt: { readonly id: string; readonly clientId: string },
    options: WatchOptions,
  ) {
    this.#connection = connection;
    this.#prompt = prompt;
    this.#options = options;
  }

  async open(signal: AbortSignal): Promise<void> {
    this.#socket = await openSocket({
      url: this.#connection.socketUrl(this.#prompt.clientId),
      authorization: this.#connection.authorization,
      onMessage: (message) => this.#receive(message),
      onClose: () => this.#mailbox.put({ kind: 'closed' }),
      signal,
    });
  }

  /**
   * The images of every output node, until the server has done with the prompt, well or not.
   * @throws WebuiError `webui-lost`, `webui-timeout`, `webui-busy`; the signal's reason
   */
  async *follow(signal: AbortSignal): AsyncGenerator<NodeImages> {
    const { pollSeconds } = this.#options;
    const stopListening = onAbort(signal, () => this.#mailbox.put({ kind: 'aborted' }));
    this.#movedAt = awakeTime();
    let lookedAt = awakeTime();
    try {
      while (true) {
        const event = await this.#mailbox.take(pollSeconds);
        signal.throwIfAborted();
        if (event?.kind === 'ended') return;
        if (event?.kind === 'failed') throw event.error;
        if (event?.kind === 'images') yield event;
        if (event?.kind === 'closed') await this.#reconnect(signal);
        const quietFor = awakeTime() - Math.max(lookedAt, this.#socket === undefined ? 0 : this.#movedAt);
        const isDoubtful = this.#socket === undefined || this.#state === 'missing';
        const patience = (isDoubtful ? 1 : QUIET_POLLS) * pollSeconds * 1000;
        const isNews = event?.kind === 'closed' || event?.kind === 'emptied';
        if (isNews || (event === undefined && quietFor >= patience)) {
          lookedAt = awakeTime();
          const found = await this.#lookPatiently(signal);
          if (found === 'ended') return;
          if (found === 'gone') throw lostError(this.#connection.client.address);
        }
        this.#assertMoving();
      }
    } finally {
      stopListening();
    }
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** Messages of other prompts reach us as well. */
  #receive({ type, data }: Message): void {
    if (type === 'status' && this.#state === 'pending' && isEmptied(data))
      this.#mailbox.put({ kind: 'emptied' });
    if (data['prompt_id'] !== this.#prompt.id) return;
    this.#moved('running');
    try {
      const event = this.#eventOf(type, data);
      if (event !== undefined) this.#mailbox.put(event);
    } catch (error) {
      this.#mailbox.put({ kind: 'failed', error });
    }
  }

  #eventOf(type: string, data: Message['data']): Event | undefined {
    if (type === 'progress') {
      const progress = progressSchema.safeParse(data);
      if (progress.success) {
        this.#options.onProgress(progress.data.node, progress.data.value, progress.data.max);
      }
    }
    if (type === 'executed') {
      const executed = executedSchema.safeParse(data);
      if (executed.success) {
        const { node, output } = executed.data;
        return { kind: 'images', node, images: output.images, at: awakeTime() };
      }
    }
    if (type !== 'executing') return undefined;
    const executing = executingSchema.safeParse(data);
    // Sent after the history is written, also for prompts that failed.
    if (executing.data?.node === null) return { kind: 'ended' };
    this.#node = executing.data?.node;
    return undefined;
  }

  /** Once; a server that closes again, or is not there, is polled. */
  async #reconnect(signal: AbortSignal): Promise<void> {
    this.#socket = undefined;
    if (this.#reconnects++ === 0) await this.open(signal);
    signal.throwIfAborted();
  }

  /** A look that fails in passing tells nothing; several in a row are a failure. */
  async #lookPatiently(signal: AbortSignal): Promise<'ended' | 'going' | 'gone'> {
    try {
      const found = await this.#look(signal);
      this.#failedLooks = 0;
      return found;
    } catch (error) {
      if (!isSpoiledReply(error) || ++this.#failedLooks >= FAILED_LOOKS) throw error;
      return 'going';
    }
  }

  async #look(signal: AbortSignal): Promise<'ended' | 'going' | 'gone'> {
    const { client } = this.#connection;
    const { id } = this.#prompt;
    if ((await readHistory(client, id, signal)) !== undefined) return 'ended';
    const { queue_running: running, queue_pending: pending } = await readQueue(client, signal);
    const idOf = ([, one]: readonly unknown[]): unknown => one;
    const isRunning = running.some((one) => idOf(one) === id);
    const isPending = pending.some((one) => idOf(one) === id);
    if (!isRunning && !isPending) {
      // A prompt that has just ended is for a moment in neither place.
      if (this.#state === 'missing') return 'gone';
      this.#state = 'missing';
      return 'going';
    }
    const seen = JSON.stringify([running.map(idOf), pending.map(idOf)]);
    const state = isRunning ? 'running' : 'pending';
    // Others that come and go are a movement for one who waits behind them.
    if (state !== this.#state || (isPending && seen !== this.#seen)) this.#moved(state);
    this.#seen = seen;
    return 'going';
  }

  #moved(state: 'pending' | 'running'): void {
    this.#state = state;
    this.#movedAt = awakeTime();
    if (state === 'running') this.#startedAt ??= this.#movedAt;
  }

  #assertMoving(): void {
    const { stallSeconds, attemptTimeoutSeconds } = this.#options;
    const images = Math.max(1, this.#options.images);
    const runFor = (awakeTime() - (this.#startedAt ?? Infinity)) / 1000;
    if (attemptTimeoutSeconds > 0 && runFor > attemptTimeoutSeconds * images) {
      throw webuiError(
        'webui-timeout',
        `The prompt at ${this.#connection.client.address} took longer than ${duration(attemptTimeoutSeconds * images)} for its ${counted(images, 'image')}; allow it more time, or use fewer steps.`,
      );
    }
    if (stallSeconds <= 0 || this.#state === 'missing') return;
    const { address } = this.#connection.client;
    const still = (awakeTime() - this.#movedAt) / 1000;
    if (this.#state === 'pending') {
      if (still <= stallSeconds * BUSY_STALLS) return;
      throw webuiError(
        'webui-busy',
        `ComfyUI at ${address} has worked on somebody else's prompt for ${duration(still)}; let it finish, then try again.`,
      );
    }
    // ComfyUI drops a second connection under one name as soon as it notices the end of the first.
    const isTold = this.#socket !== undefined && this.#reconnects === 0;
    const limit = isTold ? stallSeconds : stallSeconds * images;
    if (still <= limit) return;
    throw new NodeFailure(
      'webui-timeout',
      `ComfyUI at ${address} showed no progress on the prompt for ${duration(limit)}; check whether it is hung.`,
      // Without the WebSocket it is not known where it hangs.
      this.#node === undefined || !isTold ? [] : [this.#node],
    );
  }
}

/** Nothing runs and nothing waits, although our prompt should: somebody has cleared the queue. The greeting tells of before. */
function isEmptied(data: Message['data']): boolean {
  return !('sid' in data) && statusSchema.safeParse(data).data?.status.exec_info.queue_remaining === 0;
}

type Event =
  | ({ readonly kind: 'images' } & NodeImages)
  | { readonly kind: 'ended' | 'closed' | 'emptied' | 'aborted' }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A WebSocket may be silent for so many polls before queue and history are looked at. */
const QUIET_POLLS = 10;
const FAILED_LOOKS = 5;
/** Somebody else's prompt may take so many times longer without a change in the queue. */
const BUSY_STALLS = 12;
