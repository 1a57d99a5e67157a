/** What backends ask of the renderer around them: other names in replies, changed titles, warnings. */
import { afterEach, describe, expect, it } from 'vitest';
import { createA1111Renderer } from '../../../../src/renderers/a1111/a1111-renderer.ts';
import type { Renderer } from '../../../../src/renderers/renderer.ts';
import { uniformWeights } from '../../../../src/space/blocks.ts';
import { recorded, replaying } from '../../../helpers/replay-server.ts';
import type { Answer, ReplayServer, SeenRequest } from '../../../helpers/replay-server.ts';
import { OPTIONS, TXT2IMG, closeAll, imageOf, render, requests, signal, start } from './recorded-world.ts';

afterEach(closeAll);

const MODELS = 'GET /sdapi/v1/sd-models';
const one = uniformWeights(1, 'sd1');

/** As recorded: the first merge leaves a wrong hash for model A, and the formula as the selected checkpoint. */
async function mixer(): Promise<{ server: ReplayServer; renderer: Renderer; world: { selected: string } }> {
  const running = await start({ backend: 'model-mixer' });
  const { server, world } = running;
  let merges = 0;
  server.routes[TXT2IMG] = (request) => {
    const isMerge = 'alwayson_scripts' in (request.body as object);
    if (!isMerge) return mixed(merges === 0 ? 'txt2img_min' : 'mm_33_B_none', request);
    merges++;
    Object.assign(server.routes, replaying('mm_02c_sd_models'));
    world.selected = (recorded('mm_02b_options').body as { sd_model_checkpoint: string }).sd_model_checkpoint;
    return mixed('mm_02_w1_base0', request);
  };
  return running;
}

function mixed(name: string, request: SeenRequest): Answer {
  const { sd_model_name, sd_model_hash } = recorded(name).derived?.info_parsed ?? {};
  const answer = imageOf(request);
  if (typeof answer === 'string' || typeof answer === 'function' || 'raw' in answer) return answer;
  const { info, ...rest } = answer.body as { info: string };
  const own = JSON.parse(info) as Record<string, unknown>;
  return {
    status: 200,
    body: { ...rest, info: JSON.stringify({ ...own, sd_model_name, sd_model_hash }) },
  };
}

describe('model-mixer', () => {
  it('goes on when model A has another title and hash after the first merge', async () => {
    const { server, renderer } = await mixer();
    const { modelA } = await renderer.open(signal);
    // A resumed run must not be refused for a hash that means nothing.
    expect(modelA).toMatchObject({ name: 'tinyA', file: 'tinyA.safetensors', hash: null });
    for (const weights of ['model-a', one, 'model-a', one] as const) {
      await expect(render(renderer, weights)).resolves.toHaveLength(3);
    }
    expect(server.bodies(OPTIONS).at(-1)).toEqual({
      sd_model_checkpoint: 'tinyA.safetensors [8352438271]',
    });
    await expect(renderer.close()).resolves.toEqual([]);
  });

  it('finds model A again although it was named by a title that is gone', async () => {
    const { server, world } = await mixer();
    const renderer = createA1111Renderer({
      url: server.url,
      modelA: 'tinyA.safetensors [30d56a6809]',
      modelB: 'tinyB',
      architecture: 'sd1',
      backend: 'model-mixer',
      pollSeconds: 0.01,
    });
    await renderer.open(signal);
    await render(renderer, one);
    await renderer.rearm(signal);
    await expect(render(renderer, one)).resolves.toHaveLength(3);
    await expect(renderer.close()).resolves.toEqual([]);
    expect(world.selected).toBe('tinyBunetA.safetensors [601e8bd573]');
  });

  it('refuses the image of a merge that failed inside, and selects model A anew', async () => {
    const { server, renderer } = await mixer();
    await renderer.open(signal);
    await render(renderer, one);
    const good = server.routes[TXT2IMG] ?? 'drop';
    server.routes[TXT2IMG] = (request) => mixed('mm_no_save_settings_w1', request);
    await expect(render(renderer, one)).rejects.toMatchObject({ code: 'webui-wrong-reply', field: 'model' });
    server.routes[TXT2IMG] = good;
    const before = server.bodies(OPTIONS).length;
    await expect(render(renderer, one)).resolves.toHaveLength(3);
    expect(server.bodies(OPTIONS).length).toBeGreaterThan(before);
    await renderer.close();
  });

  it('does not select a merge again that lies in no file, and says so', async () => {
    const { server, renderer, world } = await mixer();
    world.selected = (recorded('mm_02b_options').body as { sd_model_checkpoint: string }).sd_model_checkpoint;
    server.routes[MODELS] = recorded('mm_02c_sd_models');
    await renderer.open(signal);
    await render(renderer, 'model-a');
    await expect(renderer.close()).resolves.toEqual([
      expect.stringMatching(
        /^The previously selected merge "tinyA x .*is not saved in a file.*model A stays selected/,
      ),
    ]);
    expect(world.selected).toBe('tinyA.safetensors [8352438271]');
  });
});

describe('what a way says about itself', () => {
  it('bayesian-merger has a warning once it is found', async () => {
    const { renderer } = await start({ backend: 'bayesian-merger' }, replaying('get_openapi'));
    expect(renderer.warnings?.(requests)).toEqual([]);
    await renderer.open(signal);
    expect(renderer.warnings?.(requests)).toEqual([expect.stringContaining('runtime-block-merge')]);
  });

  it('lora-block-weight knows its blocks by the metadata of the LoRA', async () => {
    const [lora] = recorded('lora_02_list').body as object[];
    const lycoris = [{ ...lora, metadata: { ss_network_module: 'lycoris.kohya' } }];
    const { renderer } = await start(
      { backend: 'lora-block-weight', modelB: 'tinylora' },
      { 'GET /sdapi/v1/loras': { status: 200, body: lycoris } },
    );
    expect(renderer.capabilities.free).toHaveLength(16);
    await renderer.open(signal);
    expect(renderer.capabilities.free).toHaveLength(25);
  });

  it('lora-block-weight leaves the prompt of the image without its tag', async () => {
    const { server, renderer } = await start(
      { backend: 'auto', modelB: 'tinylora' },
      replaying('lora_02_list'),
    );
    await expect(renderer.open(signal)).resolves.toMatchObject({
      mergeWay: 'lora-block-weight',
      modelB: { name: 'tinylora', file: 'tinylora.safetensors' },
    });
    const [image] = await render(renderer, one);
    expect(image?.request.prompt).toBe('a cat');
    expect(server.bodies(TXT2IMG)[0]).toMatchObject({ prompt: expect.stringMatching(/^a cat\n<lora:/) });
  });
});
