import { afterEach, describe, expect, it } from 'vitest';
import { selectCheckpoint } from '../../../../src/renderers/a1111/checkpoint.ts';
import { createClient } from '../../../../src/renderers/http/client.ts';
import { modelsSchema } from '../../../../src/renderers/a1111/schemas.ts';
import { recorded, replaying, startReplayServer } from '../../../helpers/replay-server.ts';

const open: { close(): Promise<void> }[] = [];
const { signal } = new AbortController();
const [tinyA, tinyB] = modelsSchema.parse(recorded('get_sd_models').body);

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

describe('selectCheckpoint', () => {
  const select = async (model: typeof tinyA): Promise<[unknown, readonly unknown[]]> => {
    const server = await startReplayServer(replaying('post_options_A', 'get_options', 'get_sd_models'));
    const client = createClient({ url: server.url });
    open.push(server, client);
    if (model === undefined) throw new Error('the recorded list is empty');
    const result: unknown = await selectCheckpoint(client, model, signal).catch((error: unknown) => error);
    return [result, server.bodies('POST /sdapi/v1/options')];
  };

  it('sends what was recorded, and returns the model as the server has it now', async () => {
    expect(tinyA).toBeDefined();
    // Before its first load the server does not know the hash.
    const before = { ...tinyA, title: 'tinyA.safetensors', hash: null, sha256: null };
    const [result, bodies] = await select(modelsSchema.parse([before])[0]);
    expect(result).toEqual(tinyA);
    expect(bodies).toEqual([{ sd_model_checkpoint: 'tinyA.safetensors' }]);
    expect((await select(tinyA))[1]).toEqual([recorded('post_options_A').request.body]);
  });

  it('does not believe status 200 when another checkpoint stays selected', async () => {
    const [result] = await select(tinyB);
    expect(result).toMatchObject({ code: 'webui-model-not-loaded' });
    expect(String(result)).toMatch(
      /"tinyB.safetensors".*"tinyA.safetensors \[30d56a6809\]" is still selected/,
    );
  });
});
