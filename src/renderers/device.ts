/** What a server computes on, for a guess of its pace: a quick look that changes nothing and never fails. */
import { z } from 'zod';
import { followAbort } from '../shared/abort/follow-abort.ts';
import { isExpected } from '../shared/errors.ts';
import { connectComfy } from './comfyui/client.ts';
import { systemStatsSchema } from './comfyui/schemas.ts';
import type { Client } from './http/client.ts';

export interface ServerDevice {
  /** As the server calls it; empty where it has no name for it. */
  readonly name: string;
  /** `cuda`, `cpu`, `mps`, …; `other` for whatever is no NVIDIA or AMD card. */
  readonly type: string;
}

/** @returns undefined when nothing answers in time, or the server does not say */
export async function lookAtDevice(
  server: { readonly url: string; readonly auth: string | undefined },
  signal: AbortSignal,
): Promise<ServerDevice | undefined> {
  const { client } = connectComfy({ ...server, retryDelays: [] });
  const soon = followAbort(signal, PATIENCE_MS);
  try {
    return (await ask(client, comfyDevice, soon.signal)) ?? (await ask(client, webuiDevice, soon.signal));
  } finally {
    soon.release();
    await client.close().catch(() => {});
  }
}

type Question = (client: Client, signal: AbortSignal) => Promise<ServerDevice | undefined>;

async function ask(
  client: Client,
  question: Question,
  signal: AbortSignal,
): Promise<ServerDevice | undefined> {
  try {
    return await question(client, signal);
  } catch (error) {
    if (signal.aborted || isExpected(error)) return undefined;
    throw error;
  }
}

const comfyDevice: Question = async (client, signal) =>
  (await client.get('/system_stats', systemStatsSchema, signal)).devices[0];

const webuiDevice: Question = async (client, signal) => {
  const { cuda } = await client.get('/sdapi/v1/memory', memorySchema, signal);
  // The program asks for CUDA only, which ROCm passes itself off as.
  return typeof cuda.error === 'string' ? { name: '', type: 'other' } : { name: '', type: 'cuda' };
};

const memorySchema = z.object({ cuda: z.object({ error: z.unknown().optional() }) });
const PATIENCE_MS = 2000;
