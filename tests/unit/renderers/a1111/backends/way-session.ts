/** A backend over a server of recorded replies. */
import { createClient } from '../../../../../src/renderers/http/client.ts';
import type {
  CheckpointWay,
  LoraWay,
  MergeContext,
  MergeSession,
} from '../../../../../src/renderers/a1111/backends/backend.ts';
import { lorasSchema, modelsSchema } from '../../../../../src/renderers/a1111/schemas.ts';
import type { ServerLora } from '../../../../../src/renderers/a1111/schemas.ts';
import { WEIGHT_ORDERS } from '../../../../../src/architectures/sd-lists.ts';
import type { BlockName, BlockWeights } from '../../../../../src/space/blocks.ts';
import { recorded, startReplayServer } from '../../../../helpers/replay-server.ts';
import type { ReplayServer, Routes } from '../../../../helpers/replay-server.ts';

const open: { close(): Promise<void> }[] = [];
export const { signal } = new AbortController();

/** Closes what a test has started; for `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((one) => one.close()));
}

type Found = MergeSession | { readonly missing: string };
type Over<B> = Partial<Omit<MergeContext<B>, 'client'>>;

/** tinyA and tinyB of the recorded list. */
export async function findWay(
  way: CheckpointWay,
  routes: Routes,
  over: Over<MergeContext['modelB']> = {},
): Promise<{ server: ReplayServer; found: Found }> {
  const { server, context } = await serve(routes);
  const models = modelsSchema.parse(recorded('mm_02c_sd_models').body);
  const modelB = models.find(({ model_name: name }) => name === 'tinyB');
  if (modelB === undefined) throw new Error('the recorded list has no tinyB');
  return { server, found: await way.find({ ...context, modelB, ...over }, signal) };
}

/** tinylora of the recorded list. */
export async function findLoraWay(
  way: LoraWay,
  routes: Routes,
  over: Over<ServerLora> = {},
): Promise<{ server: ReplayServer; found: Found }> {
  const { server, context } = await serve(routes);
  const [modelB] = lorasSchema.parse(recorded('lora_02_list').body);
  if (modelB === undefined) throw new Error('the recorded list of LoRAs is empty');
  return { server, found: await way.find({ ...context, modelB, ...over }, signal) };
}

export function sessionIn({ server, found }: { server: ReplayServer; found: Found }): {
  server: ReplayServer;
  way: MergeSession;
} {
  if ('missing' in found) throw new Error(found.missing);
  return { server, way: found };
}

/** Another weight for every block: IN00 0.01 … OUT11 0.25, OUT 0.26, TIME_EMBED 0.27. */
export const numbered: BlockWeights = Object.fromEntries(
  WEIGHT_ORDERS.recipe.map((name, i) => [name, (i + 1) / 100]),
);
export const only = (...names: readonly BlockName[]): BlockWeights =>
  Object.fromEntries(WEIGHT_ORDERS.recipe.map((name) => [name, names.includes(name) ? 1 : 0]));

async function serve(
  routes: Routes,
): Promise<{ server: ReplayServer; context: Omit<MergeContext, 'modelB'> }> {
  const server = await startReplayServer(routes);
  const client = createClient({ url: server.url, retryDelays: [] });
  open.push(server, client);
  const [modelA] = modelsSchema.parse(recorded('get_sd_models').body);
  if (modelA === undefined) throw new Error('the recorded list is empty');
  return { server, context: { client, modelA, architecture: 'sd1', options: {} } };
}
