/** One prompt from the graph to its images' places on the server: posted, followed, read back, or taken back. */
import { awakeTime } from '../../../shared/awake-time.ts';
import { onAbort } from '../../../shared/abort/on-abort.ts';
import { pause } from '../../../shared/abort/pause.ts';
import type { Client } from '../../http/client.ts';
import { WebuiError, isSpoiledReply, webuiError } from '../../http/errors.ts';
import type { StruckImage } from '../../http/errors.ts';
import type { ComfyConnection } from '../client.ts';
import { NodeFailure, executionErrorOf, interruptedError, lossOf, lostError } from '../errors.ts';
import type { ForeignNodes, Graph } from '../graph/graph.ts';
import { assertSame, cancelPrompt, newPrompt, postPrompt, readHistory, verifyPrompt } from './prompts.ts';
import type { Prompt } from './prompts.ts';
import { executionErrorSchema } from '../schemas.ts';
import type { HistoryEntry, StoredImage } from '../schemas.ts';
import type { SearchMark } from './search-mark.ts';
import { Watch } from './watch.ts';
import type { WatchOptions } from './watch.ts';

export interface RunPromptOptions extends Omit<WatchOptions, 'images'> {
  /** Holds the ids of prompts that the server may still have; kept up to date. */
  readonly active: Set<string>;
  /** See `Prompt.mark`. */
  readonly mark?: () => SearchMark;
  /** What a node works for; undefined for nodes that serve all images. */
  readonly imageOf?: (node: string) => StruckImage | undefined;
  /** Told when the server has taken the prompt, where it says how it has numbered it. @throws what ends the prompt */
  readonly onQueued?: (prompt: { readonly id: string; readonly number: number }) => Promise<void>;
  /** Told which classes the server has put in place of those of the user's own nodes. */
  readonly onReplaced?: (classes: ReadonlyMap<string, string>) => void;
}

/** What is sent, and what of it is the user's own. */
export interface SentGraph {
  readonly graph: Graph;
  readonly foreign?: ForeignNodes;
}

export interface MadeImage {
  readonly node: string;
  readonly image: StoredImage;
  /** When the server told, on the clock of `awakeTime`. */
  readonly at: number;
}

/**
 * The image of every output node, in the order in which they come. When it ends, well, badly or because the consumer
 * stops, the server has no work of ours left.
 * @param outputs nodes that must give exactly one image each
 * @throws WebuiError; the images of chains that were done before a failure have been handed out
 */
export async function* runPrompt(
  connection: ComfyConnection,
  { graph, foreign }: SentGraph,
  outputs: ReadonlySet<string>,
  options: RunPromptOptions,
  signal: AbortSignal,
): AsyncGenerator<MadeImage> {
  const { client } = connection;
  const prompt = newPrompt(graph, foreign, options.mark?.());
  const watch = new Watch(connection, prompt, { ...options, images: outputs.size });
  let cancelling: Promise<void> | undefined;
  // At once, even while the consumer is busy with an image.
  const cancel = (): void => {
    cancelling ??= cancelPrompt(client, prompt.id);
  };
  let state: 'unsent' | 'sending' | 'queued' | 'ended' = 'unsent';
  const made = new Set<string>();
  let stopListening = (): void => undefined;
  try {
    await watch.open(signal);
    signal.throwIfAborted();
    stopListening = onAbort(signal, cancel);
    state = 'sending';
    options.active.add(prompt.id);
    const number = await postPrompt(client, prompt, options.pollSeconds, signal);
    state = 'queued';
    if (number !== null) await options.onQueued?.({ id: prompt.id, number });
    for await (const { node, images, at } of watch.follow(signal)) {
      if (!outputs.has(node) || made.has(node)) continue;
      if (made.size === 0) await verifyPrompt(client, prompt, options.pollSeconds, signal);
      made.add(node);
      yield { node, image: only(client, node, images), at };
    }
    const entry = await readEnd(client, prompt, options.pollSeconds, signal);
    state = 'ended';
    options.onReplaced?.(assertSame(client, prompt, entry.prompt[2]));
    for (const [node, { images }] of Object.entries(entry.outputs)) {
      if (!outputs.has(node) || made.has(node)) continue;
      made.add(node);
      yield { node, image: only(client, node, images), at: awakeTime() };
    }
    assertComplete(client, entry, outputs, made);
  } catch (error) {
    // A prompt that was refused as a whole is not in the queue.
    if (state === 'sending' && error instanceof WebuiError && error.status === 400) state = 'unsent';
    throw lossOf(client.address, withImage(error, options.imageOf));
  } finally {
    stopListening();
    const early = state === 'sending' && cancelling !== undefined;
    if (state === 'sending' || state === 'queued') cancel();
    await cancelling;
    // It may have been queued after the first attempt to take it back.
    if (early) await cancelPrompt(client, prompt.id);
    watch.close();
    options.active.delete(prompt.id);
  }
}

/** The first image that it has struck, unless it struck a node that serves all of them. */
function withImage(error: unknown, imageOf: RunPromptOptions['imageOf'] = () => undefined): unknown {
  if (!(error instanceof NodeFailure)) return error;
  const images = error.nodes.map(imageOf);
  const [image] = images;
  return image === undefined || images.includes(undefined) ? error : error.with({ image });
}

/** The history is written a moment after the last message. */
async function readEnd(
  client: Client,
  { id }: Prompt,
  pollSeconds: number,
  signal: AbortSignal,
): Promise<HistoryEntry> {
  let failure: unknown = lostError(client.address);
  for (let look = 0; look < 5; look++) {
    try {
      const entry = await readHistory(client, id, signal);
      if (entry !== undefined) return entry;
    } catch (error) {
      if (!isSpoiledReply(error)) throw error;
      failure = error;
    }
    await pause(pollSeconds * 1000, signal);
  }
  throw failure;
}

function only(client: Client, node: string, images: readonly StoredImage[]): StoredImage {
  const [image, ...others] = images;
  if (image !== undefined && others.length === 0) return image;
  throw new NodeFailure(
    'webui-wrong-reply',
    `ComfyUI at ${client.address} made ${images.length} images at node ${node} instead of one.`,
    [node],
    { field: 'images' },
  );
}

function assertComplete(
  client: Client,
  { status }: HistoryEntry,
  outputs: ReadonlySet<string>,
  made: ReadonlySet<string>,
): void {
  if (status?.status_str === 'error') {
    const messages = new Map(status.messages.map(([type, data]) => [type, data] as const));
    const error = executionErrorSchema.safeParse(messages.get('execution_error'));
    if (error.success) throw executionErrorOf(client.address, error.data);
    if (messages.has('execution_interrupted')) throw interruptedError(client.address);
    throw webuiError(
      'webui-server-error',
      `ComfyUI at ${client.address} failed without giving a reason; see its console for details.`,
    );
  }
  const missing = [...outputs].filter((node) => !made.has(node));
  if (missing.length === 0) return;
  throw new NodeFailure(
    'webui-wrong-reply',
    `ComfyUI at ${client.address} finished the prompt without an image for ${missing.join(', ')}; see its console for details.`,
    missing,
    { field: 'images' },
  );
}
