/** One prompt on the server: queue it, find it, take it back. */
import { randomUUID } from 'node:crypto';
import { pause } from '../../../shared/abort/pause.ts';
import type { Client } from '../../http/client.ts';
import { isSpoiledReply, webuiError } from '../../http/errors.ts';
import { nodeErrorsOf } from '../errors.ts';
import { replacementsIn } from '../graph/graph.ts';
import type { ForeignNodes, Graph } from '../graph/graph.ts';
import { look } from './look.ts';
import { graphSchema, historySchema, promptReplySchema, queueSchema } from '../schemas.ts';
import type { HistoryEntry, Queue } from '../schemas.ts';
import type { SearchMark } from './search-mark.ts';

export interface Prompt {
  /** A bare UUID: newer servers refuse anything else. A second prompt under the same one would overwrite the first. */
  readonly id: string;
  readonly clientId: string;
  readonly graph: Graph;
  readonly foreign: ForeignNodes;
  /** Shown to other clients beside the graph. */
  readonly mark?: SearchMark | undefined;
}

export function newPrompt(graph: Graph, foreign: ForeignNodes = new Map(), mark?: SearchMark): Prompt {
  return { id: randomUUID(), clientId: randomUUID(), graph, foreign, mark };
}

/**
 * Queues the prompt once, also when the reply is lost or garbled: then the server is asked whether it has it.
 * @returns how the server has numbered it; null where its reply was lost or names none
 * @throws WebuiError when the server refuses the prompt or a part of it
 */
export async function postPrompt(
  client: Client,
  prompt: Prompt,
  pollSeconds: number,
  signal: AbortSignal,
): Promise<number | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await postOnce(client, prompt, signal);
    } catch (error) {
      if (!isSpoiledReply(error)) throw error;
      await pause(1000 * pollSeconds * 2 ** (attempt - 1), signal);
      if (await isKnown(client, prompt.id, signal)) return null;
      if (attempt === POST_ATTEMPTS) throw error;
    }
  }
}

/** @returns see `postPrompt` @throws WebuiError when the server refuses the prompt or a part of it, or the reply is lost */
export async function postOnce(
  client: Client,
  { id, clientId, graph, mark }: Prompt,
  signal: AbortSignal,
): Promise<number | null> {
  const extra = mark === undefined ? {} : { extra_data: { autombw: mark } };
  const body = { prompt: graph, client_id: clientId, prompt_id: id, ...extra };
  const reply = await client.post('/prompt', body, promptReplySchema, signal);
  // Accepted without the outputs that it names.
  if (Object.keys(reply.node_errors).length > 0) throw nodeErrorsOf(client.address, reply.node_errors);
  if (reply.prompt_id === id) return reply.number;
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
  return look(client, '/queue', queueSchema, signal);
}

/** Undefined while the prompt waits or runs, and for one that the server does not know. */
export async function readHistory(
  client: Client,
  id: string,
  signal: AbortSignal,
): Promise<HistoryEntry | undefined> {
  const history = await look(client, `/history/${encodeURIComponent(id)}`, historySchema, signal);
  return history[id];
}

/** The prompt from wherever the server has it now. */
async function find(
  client: Client,
  id: string,
  signal: AbortSignal,
): Promise<Queue[keyof Queue][number] | undefined> {
  const { queue_running: running, queue_pending: pending } = await readQueue(client, signal);
  const queued = [...running, ...pending].find(([, one]) => one === id);
  return queued ?? (await readHistory(client, id, signal))?.prompt;
}

async function isKnown(client: Client, id: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await find(client, id, signal)) !== undefined;
  } catch (error) {
    if (!isSpoiledReply(error)) throw error;
    return false;
  }
}

/**
 * Reads the prompt back and compares it with what was sent.
 * @returns see `assertSame`; nothing when the prompt is nowhere, which others notice
 * @throws WebuiError `webui-wrong-reply` when it is another
 */
export async function verifyPrompt(
  client: Client,
  prompt: Prompt,
  pollSeconds: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  // A prompt that has just ended is for a moment in neither place.
  for (let attempt = 1; attempt <= VERIFY_ATTEMPTS; attempt++) {
    try {
      const found = await find(client, prompt.id, signal);
      if (found !== undefined) return assertSame(client, prompt, found[2]);
    } catch (error) {
      if (attempt === VERIFY_ATTEMPTS || !isSpoiledReply(error)) throw error;
    }
    await pause(pollSeconds * 1000, signal);
  }
  return new Map();
}

/** @returns the classes of the user's own nodes that the server has put in place of others */
export function assertSame(
  client: Client,
  { id, graph, foreign }: Prompt,
  had: unknown,
): ReadonlyMap<string, string> {
  const parsed = graphSchema.safeParse(had);
  const replaced = parsed.success ? replacementsIn(graph, parsed.data, foreign) : undefined;
  if (replaced !== undefined) return replaced;
  throw webuiError(
    'webui-wrong-reply',
    `ComfyUI at ${client.address} has a different prompt under "${id}" than was sent; an extension may be changing prompts: turn it off.`,
    { field: 'prompt' },
  );
}

const CANCEL_MS = 5000;
const POST_ATTEMPTS = 3;
const VERIFY_ATTEMPTS = 3;
