/** Where the server's files lie, without anything being selected. */
import { createClient } from '../http/client.ts';
import { connect } from './connect.ts';
import { listModels } from './checkpoint.ts';
import { identityOf, matchModel } from './models.ts';
import type { ModelIdentity } from '../renderer.ts';

/** @throws WebuiError */
export async function locateModels(
  { url, auth, modelA, modelB }: LocateOptions,
  signal: AbortSignal,
): Promise<Record<'modelA' | 'modelB', ModelIdentity>> {
  const client = createClient({ url, auth, retryDelays: [] });
  try {
    await connect(client, { waitSeconds: 0 }, signal);
    const models = await listModels(client, signal);
    return { modelA: identityOf(matchModel(modelA, models)), modelB: identityOf(matchModel(modelB, models)) };
  } finally {
    await client.close();
  }
}

export interface LocateOptions {
  readonly url: string;
  readonly auth?: string | undefined;
  readonly modelA: string;
  readonly modelB: string;
}
