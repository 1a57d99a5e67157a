/** One prompt on the server: queue it, find it, take it back. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../http/client.ts';
import { webuiError } from '../http/errors.ts';
import { nodeErrorsOf } from './errors.ts';
import { isSameGraph } from './graph.ts';
import type { Graph } from './graph.ts';
import { graphSchema, historySchema, promptReplySchema, queueSchema } from './schemas.ts';
import type { HistoryEntry, Queue } from './schemas.ts';

export interface Prompt {
  /** Ours: a second prompt under the same name would overwrite the first. */
  readonly id: string;
  readonly clientId: string;
  readonly graph: Graph;
}

export function newPrompt(graph: Graph): Prompt {
  return { id: `autombw-${randomUUID()}`, clientId: `autombw-${randomUUID()}`, graph };
}

/** @throws WebuiError when the server refuses the prompt or a part of it */
export async function postPrompt(
  client: Client,
  { id, clientId, graph }: Prompt,
  signal: AbortSignal,
): Promise<void> {
  const body = { prompt: graph, client_id: clientId, prompt_id: id };
  const reply = await client.post('/prompt', body, promptReplySchema, signal);
  // Accepted without the outputs that it names.
  if (Object.keys(reply.node_errors).length > 0) throw nodeErrorsOf(client.address, reply.node_errors);
  if (reply.prompt_id === id) return;
  await cancelPrompt(client, reply.prompt_id);
  throw webuiError(
    'webui-wrong-reply',
    `ComfyUI at ${client.address} named the prompt "${reply.prompt_id}" instead of "${id}"; update ComfyUI.`,
    { field: 'prompt_id' },
  );
}

/** Takes the prompt out of the queue, or stops it; nobody else's. Never throws. */
export async function cancelPrompt(client: Client, id: string): Promise<void> {
  const signal = AbortSignal.timeout(CANCEL_MS);
  try {
    // In this order, for a waiting prompt may begin in between.
    await client.send('/queue', { delete: [id] }, signal);
    await client.send('/interrupt', { prompt_id: id }, signal);
  } catch {
    // A courtesy to the server; the failure that led here is what gets reported.
  }
}

export async function readQueue(client: Client, signal: AbortSignal): Promise<Queue> {
  return client.get('/queue', queueSchema, signal);
}

/** Undefined while the prompt waits or runs, and for one that the server does not know. */
export async function readHistory(
  client: Client,
  id: string,
  signal: AbortSignal,
): Promise<HistoryEntry | undefined> {
  const history = await client.get(`/history/${encodeURIComponent(id)}`, historySchema, signal);
  return history[id];
}

/**
 * Reads the prompt back from wherever the server has it now, and compares it with what was sent.
 * @throws WebuiError `webui-wrong-reply` when it is another; nothing when it is nowhere, which others notice
 */
export async function verifyPrompt(
  client: Client,
  prompt: Prompt,
  pollSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  // A prompt that has just ended is for a moment in neither place.
  for (let look = 0; look < 3; look++) {
    const { queue_running: running, queue_pending: pending } = await readQueue(client, signal);
    const queued = [...running, ...pending].find(([, id]) => id === prompt.id);
    const found = queued ?? (await readHistory(client, prompt.id, signal))?.prompt;
    if (found !== undefined) return assertSame(client, prompt, found[2]);
    await sleep(pollSeconds * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

export function assertSame(client: Client, { id, graph }: Prompt, had: unknown): void {
  const parsed = graphSchema.safeParse(had);
  if (parsed.success && isSameGraph(graph, parsed.data)) return;
  throw webuiError(
    'webui-wrong-reply',
    `ComfyUI at ${client.address} has another prompt under "${id}" than it was sent; an extension may change prompts, turn it off.`,
    { field: 'prompt' },
  );
}

const CANCEL_MS = 5000;
