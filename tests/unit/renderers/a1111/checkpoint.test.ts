import { afterEach, describe, expect, it } from 'vitest';
import { selectCheckpoint } from '../../../../src/renderers/a1111/checkpoint.ts';
import { meantBy } from '../../../../src/renderers/a1111/models.ts';
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

  it('has the folder read again where the name has gone from the list, as model-mixer of somebody else makes it', async () => {
    const unknown = {
      status: 500,
      body: { error: 'RuntimeError', detail: '', body: '', errors: "model 'tinyA.safetensors' not found" },
    };
    const server = await startReplayServer({
      ...replaying('get_options', 'get_sd_models'),
      'POST /sdapi/v1/options': [unknown, { status: 200, body: null }],
      'POST /sdapi/v1/refresh-checkpoints': { status: 200, body: null },
    });
    const client = createClient({ url: server.url });
    open.push(server, client);
    if (tinyA === undefined) throw new Error('the recorded list is empty');
    expect(await selectCheckpoint(client, { ...tinyA, title: 'tinyA.safetensors' }, signal)).toEqual(tinyA);
    expect(server.bodies('POST /sdapi/v1/options')).toEqual([
      { sd_model_checkpoint: 'tinyA.safetensors' },
      { sd_model_checkpoint: tinyA.title },
    ]);
    expect(server.bodies('POST /sdapi/v1/refresh-checkpoints')).toHaveLength(1);
  });

  it('does not believe status 200 when another checkpoint stays selected', async () => {
    const [result] = await select(tinyB);
    expect(result).toMatchObject({ code: 'webui-model-not-loaded' });
    expect(String(result)).toMatch(
      /"tinyB.safetensors".*"tinyA.safetensors \[30d56a6809\]" is still selected/,
    );
  });
});

/** A server that keeps the alias it was sent for as long as it means the file that is selected, as Forge does. */
async function selectOnForge(
  before: string,
  models: readonly { readonly title: string; readonly model_name: string; readonly filename: string }[],
): Promise<[unknown, readonly unknown[]]> {
  let selected = before;
  const aliasesOf = ({ title, model_name }: (typeof models)[number]): string[] => [
    title,
    title.replace(/ \[.*/, ''),
    model_name,
  ];
  const fileOf = (alias: string): string | undefined =>
    models.find((one) => aliasesOf(one).includes(alias))?.filename;
  const server = await startReplayServer({
    'GET /sdapi/v1/options': () => ({
      status: 200,
      body: {
        sd_model_checkpoint: selected,
        sd_checkpoint_hash: 'f'.repeat(64),
        forge_additional_modules: [],
      },
    }),
    'GET /sdapi/v1/sd-models': { status: 200, body: models },
    'POST /sdapi/v1/options': ({ body }) => {
      const wanted = (body as { sd_model_checkpoint: string }).sd_model_checkpoint;
      if (fileOf(wanted) !== fileOf(selected)) selected = wanted;
      return { status: 200, body: null };
    },
  });
  const client = createClient({ url: server.url });
  open.push(server, client);
  const [model] = models;
  if (model === undefined) throw new Error('no model');
  const result: unknown = await selectCheckpoint(client, model, signal).catch((error: unknown) => error);
  return [result, server.bodies('POST /sdapi/v1/options')];
}

describe('selectCheckpoint on Forge', () => {
  const folder = '/opt/forge/models/Stable-diffusion';
  const modelA = {
    title: 'modelA.safetensors [f6ee90ed9c]',
    model_name: 'modelA',
    hash: 'f6ee90ed9c',
    sha256: `f6ee90ed9c${'0'.repeat(54)}`,
    filename: `${folder}/modelA.safetensors`,
  };
  const modelB = {
    title: 'modelB.safetensors',
    model_name: 'modelB',
    hash: null,
    sha256: null,
    filename: `${folder}/modelB.safetensors`,
  };

  it.each(['modelA', 'modelA.safetensors', 'modelA.safetensors [f6ee90ed9c]', 'modelB'])(
    'takes "%s" for the file that it means, whatever the hash of the loaded one is',
    async (before) => {
      const [result] = await selectOnForge(before, [modelA, modelB]);
      expect(result).toEqual(modelA);
    },
  );

  it('selects another checkpoint in between when the alias could be another file', async () => {
    const namesake = {
      ...modelB,
      title: 'old/modelA.safetensors',
      model_name: 'modelA',
      filename: `${folder}/old/modelA.safetensors`,
    };
    const [result, posted] = await selectOnForge('modelA', [modelA, namesake, modelB]);
    expect(result).toEqual(modelA);
    expect(posted).toEqual([
      { sd_model_checkpoint: modelA.title },
      { sd_model_checkpoint: modelB.title },
      { sd_model_checkpoint: modelA.title },
    ]);
  });

  it('does not take another file for it', async () => {
    const server = await startReplayServer({
      'GET /sdapi/v1/options': { status: 200, body: { sd_model_checkpoint: 'modelB' } },
      'GET /sdapi/v1/sd-models': { status: 200, body: [modelA, modelB] },
      'POST /sdapi/v1/options': { status: 200, body: null },
    });
    const client = createClient({ url: server.url });
    open.push(server, client);
    await expect(selectCheckpoint(client, modelA, signal)).rejects.toMatchObject({
      code: 'webui-model-not-loaded',
    });
  });
});

describe('meantBy', () => {
  const model = (name: string, sha256: string | null): ReturnType<typeof modelsSchema.parse>[number] => ({
    title: sha256 === null ? `${name}.safetensors` : `${name}.safetensors [${sha256.slice(0, 10)}]`,
    model_name: name.replace(/.*\//, ''),
    hash: sha256?.slice(0, 10) ?? null,
    sha256,
    filename: `/models/${name}.safetensors`,
  });
  const plain = model('a', 'c'.repeat(64));
  const nested = model('sub/a', 'd'.repeat(64));
  const unread = model('b', null);
  const models = [plain, nested, unread];

  it.each<[string, readonly unknown[]]>([
    ['a.safetensors [cccccccccc]', [plain]],
    ['a [dddddddddd]', [nested]],
    ['sub/a.safetensors', [nested]],
    [String.raw`sub\a.safetensors`, [nested]],
    ['a', [plain, nested]],
    ['c'.repeat(64), [plain]],
    ['dddddddddd', [nested]],
    ['b.safetensors [1234567890]', [unread]],
    ['b', [unread]],
    ['nobody', []],
    ['', []],
  ])('"%s"', (text, expected) => {
    expect(meantBy(text, models)).toEqual(expected);
  });
});
