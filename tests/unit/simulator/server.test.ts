import net from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startSimulator } from '../../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../../src/simulator/index.ts';
import { get, loadB, merged, post, shoot } from './client.ts';

let simulator: Simulator;

afterEach(async () => {
  await simulator.close();
});

async function start(options: SimulatorOptions = {}): Promise<string> {
  simulator = await startSimulator(options);
  return simulator.url;
}

describe('the server', () => {
  it('prints app_id as a number that JSON.parse would round', async () => {
    const text = await (await fetch(`${await start()}/app_id`)).text();
    const [, digits = '0'] = /^\{"app_id":(\d+)\}$/u.exec(text) ?? [];
    expect(BigInt(digits) > 2n ** 53n).toBe(true);
    expect(String(Number(digits))).not.toBe(digits);
  });

  it('outlives errors of its own after it has begun to listen', async () => {
    const listen = vi.spyOn(net.Server.prototype, 'listen');
    const url = await start();
    const [server] = listen.mock.contexts;
    listen.mockRestore();
    // As when a connection cannot be accepted for want of file descriptors.
    if (!(server instanceof net.Server)) throw new Error('nothing listens');
    for (let n = 0; n < 2; n++) server.emit('error', new Error('accept EMFILE'));
    expect((await get(url, '/internal/ping')).status).toBe(200);
  });

  it('keeps connections open and does not say for how long', async () => {
    const { headers } = await fetch(`${await start()}/internal/ping`);
    expect(headers.get('connection')).toBe('keep-alive');
    expect(headers.get('keep-alive')).toBeNull();
  });

  it('has no API without --api but all pages', async () => {
    const url = await start({ api: false });
    expect(await get(url, '/sdapi/v1/options')).toEqual({ status: 404, body: { detail: 'Not Found' } });
    expect((await get(url, '/config')).status).toBe(200);
    expect((await get(url, '/internal/ping')).status).toBe(200);
  });

  it('knows neither script nor panel without the extension', async () => {
    const url = await start({ extensions: [] });
    expect(await post(url, '/sdapi/v1/txt2img', merged(0))).toMatchObject({
      status: 422,
      body: { detail: "Script 'runtime block merging for unet' not found" },
    });
    expect(JSON.stringify((await get(url, '/config')).body)).not.toContain('rbm_unload');
  });

  it('counts requests, images and the idle time between generations', async () => {
    const url = await start();
    await shoot(url, { n_iter: 2 });
    await shoot(url);
    await shoot(url);
    await get(url, '/nowhere');
    const { requests, images, idleMs } = simulator.stats();
    expect(requests).toEqual({ 'POST /sdapi/v1/txt2img': 3, 'GET /nowhere': 1 });
    expect(images).toBe(4);
    expect(idleMs).toHaveLength(2);
    expect(Math.min(...idleMs)).toBeGreaterThanOrEqual(0);
  });

  it('draws the same seeds and the same images from the same seed', async () => {
    const first = await shoot(await start({ seed: 7 }), { seed: -1 });
    await simulator.close();
    const second = await shoot(await start({ seed: 7 }), { seed: -1 });
    expect(second.info['seed']).toBe(first.info['seed']);
    expect(second.pixels).toEqual(first.pixels);
  });

  it('is out of memory for an image that no card can hold', async () => {
    const url = await start();
    expect(await post(url, '/sdapi/v1/txt2img', { width: 8192, height: 8192, steps: 1 })).toMatchObject({
      status: 500,
      body: { error: 'OutOfMemoryError' },
    });
  });

  it('resizes in the second pass to a given width', async () => {
    const url = await start();
    const request = { enable_hr: true, hr_resize_x: 96, hr_upscaler: 'Lanczos', denoising_strength: 0.5 };
    const { info, images } = await shoot(url, request);
    const [png] = images.map((image) => Buffer.from(image, 'base64'));
    expect([png?.readUInt32BE(16), png?.readUInt32BE(20)]).toEqual([96, 96]);
    expect(info['extra_generation_params']).toMatchObject({
      'Hires resize': '96x0',
      'Hires upscaler': 'Lanczos',
    });
  });

  it('keeps texts beyond Latin-1 in the image', async () => {
    const url = await start();
    const { images } = await shoot(url, { prompt: '猫, sunset', negative_prompt: 'blurry' });
    const { body } = await post(url, '/sdapi/v1/png-info', { image: images[0] });
    expect(body).toMatchObject({
      parameters: { Prompt: '猫, sunset', 'Negative prompt': 'blurry', Steps: '4' },
    });
  });

  it.each([
    [{ models: [] }, /got: none/u],
    [{ models: ['a', 'a'] }, /got: a, a/u],
  ])('refuses %j', async (options, message) => {
    simulator = await startSimulator();
    await expect(startSimulator(options)).rejects.toThrow(message);
  });

  it('says which port it cannot have', async () => {
    await start();
    await expect(startSimulator({ port: simulator.port })).rejects.toThrow(
      /cannot listen on 127\.0\.0\.1:\d+ \(.*choose another/u,
    );
  });
});

describe('merges', () => {
  it.each(Array.from({ length: 27 }, (_, i) => i))('weight %i alone changes the pixels', async (i) => {
    const url = await start();
    await loadB(url);
    const zero = await shoot(url, merged(0));
    const list = Array.from({ length: 27 }, (_, j) => (j === i ? 0.1 : 0));
    const one = await shoot(url, merged(list));
    expect(one.pixels).not.toEqual(zero.pixels);
    expect((await shoot(url, merged(0))).pixels).toEqual(zero.pixels);
  });

  it('leaves IN09 to IN11 and OUT09 to OUT11 without effect in SDXL', async () => {
    const url = await start({ architecture: 'sdxl' });
    await loadB(url);
    const zero = await shoot(url, merged(0));
    const absent = new Set([9, 10, 11, 23, 24, 25]);
    const list = Array.from({ length: 27 }, (_, j) => (absent.has(j) ? 1 : 0));
    expect((await shoot(url, merged(list))).pixels).toEqual(zero.pixels);
    expect((await shoot(url, merged(1))).pixels).not.toEqual(zero.pixels);
  });

  it('does not give plain B at weight 1: text encoder and VAE stay those of A', async () => {
    const url = await start();
    const plainB = await shoot(url, { override_settings: { sd_model_checkpoint: 'modelB' } });
    await post(url, '/sdapi/v1/options', { sd_model_checkpoint: 'modelA' });
    await shoot(url);
    await loadB(url);
    expect((await shoot(url, merged(1))).pixels).not.toEqual(plainB.pixels);
  });
});
