import { afterEach, describe, expect, it } from 'vitest';
import { FAULT_NAMES, parseFault, startSimulator } from '../../../src/simulator/index.ts';
import type { Simulator } from '../../../src/simulator/index.ts';
import { get, loadB, merged, post, shoot } from './client.ts';
import { mergeEvents } from './merge-events.ts';
import sharp from 'sharp';

let simulator: Simulator | undefined;

afterEach(async () => {
  await simulator?.close();
});

async function withFaults(...faults: string[]): Promise<string> {
  simulator = await startSimulator({ faults: faults.map(parseFault) });
  return simulator.url;
}

describe('parseFault', () => {
  it.each([
    ['stall', 1, Infinity],
    ['oom@3', 3, 3],
    ['black@2-5', 2, 5],
    ['frozen@4+', 4, Infinity],
    ['slow-start', 1, 5],
    ['slow-start@9', 1, 9],
  ])('%s strikes from %i to %d', (text, from, to) => {
    expect(parseFault(text)).toEqual({ name: text.split('@')[0], from, to });
  });

  it('names the legal ones and the nearest', () => {
    expect(() => parseFault('stal@2')).toThrow(/Did you mean "stall"\? Choose one of stall, drop, oom/u);
  });

  it.each(['oom@', 'oom@0', 'oom@5-3', 'oom@x'])('refuses %s', (text) => {
    expect(() => parseFault(text)).toThrow(/does not say when/u);
  });

  it('knows none twice', () => {
    expect(new Set(FAULT_NAMES).size).toBe(FAULT_NAMES.length);
  });
});

describe('faults over HTTP', () => {
  it('oom and error500 are 500s at their turn only', async () => {
    const url = await withFaults('oom@1', 'error500@2');
    const first = await post(url, '/sdapi/v1/txt2img', {});
    expect(first).toMatchObject({ status: 500, body: { error: 'OutOfMemoryError' } });
    expect(await post(url, '/sdapi/v1/txt2img', {})).toMatchObject({
      status: 500,
      body: { error: 'RuntimeError' },
    });
    expect((await shoot(url)).images).toHaveLength(1);
  });

  it('stall never answers, and does not block the next', async () => {
    const url = await withFaults('stall@1');
    const waiting = post(url, '/sdapi/v1/txt2img', {});
    let answered = false;
    waiting.then(
      () => (answered = true),
      () => undefined,
    );
    expect((await shoot(url)).images).toHaveLength(1);
    expect(answered).toBe(false);
    await simulator?.close();
    await expect(waiting).rejects.toThrow();
  });

  it('drop cuts the reply in the middle', async () => {
    const url = await withFaults('drop@1');
    await expect(post(url, '/sdapi/v1/txt2img', { width: 64, height: 64, steps: 1 })).rejects.toThrow();
    expect((await shoot(url)).images).toHaveLength(1);
  });

  it('rubbish is 200 without JSON', async () => {
    const url = await withFaults('rubbish@1');
    const response = await fetch(`${url}/sdapi/v1/txt2img`, {
      method: 'POST',
      body: '{"steps":1,"width":64,"height":64}',
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(200);
    await expect(response.json()).rejects.toThrow(SyntaxError);
  });

  it('black images have no light', async () => {
    const url = await withFaults('black@2');
    const { images } = await shoot(url).then(async () => shoot(url));
    const { data } = await sharp(Buffer.from(images[0] ?? '', 'base64'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(Math.max(...data)).toBe(0);
  });

  it('frozen repeats the last image', async () => {
    const url = await withFaults('frozen@2');
    const [first, second, third] = [
      await shoot(url),
      await shoot(url, { seed: 2 }),
      await shoot(url, { seed: 2 }),
    ];
    expect(second.pixels).toEqual(first.pixels);
    expect(second.info['seed']).toBe(2);
    expect(third.pixels).not.toEqual(first.pixels);
  });

  it('wrong-model answers with another checkpoint, which stays', async () => {
    const url = await withFaults('wrong-model@2');
    expect((await shoot(url)).info['sd_model_name']).toBe('modelA');
    expect((await shoot(url)).info['sd_model_name']).toBe('modelB');
    expect((await shoot(url)).info['sd_model_name']).toBe('modelB');
  });

  it('interrupted returns fewer, half-baked images and a flag in progress only', async () => {
    const url = await withFaults('interrupted@2');
    const whole = await shoot(url, { n_iter: 3 });
    const half = await shoot(url, { n_iter: 3 });
    expect(half.images).toHaveLength(1);
    expect(half.info['all_seeds']).toEqual([1, 2, 3]);
    expect(half.pixels[0]).not.toBe(whole.pixels[0]);
    expect(await get(url, '/sdapi/v1/progress')).toMatchObject({ body: { state: { interrupted: true } } });
    expect((await shoot(url)).pixels[0]).toBe(whole.pixels[0]);
    expect(await get(url, '/sdapi/v1/progress')).toMatchObject({ body: { state: { interrupted: false } } });
  });

  it('forget loses merge, selection, app_id and event numbers', async () => {
    const url = await withFaults('forget@4');
    const plain = await shoot(url);
    await loadB(url);
    const before = { events: await mergeEvents(url), id: await (await fetch(`${url}/app_id`)).text() };
    const whole = await shoot(url, merged(1));
    expect(whole.pixels).not.toEqual(plain.pixels);
    await post(url, '/sdapi/v1/options', { sd_model_checkpoint: 'modelC' });
    await shoot(url, merged(1));
    const after = await shoot(url, merged(1));
    expect(after.pixels).toEqual(plain.pixels);
    expect(after.info['sd_model_name']).toBe('modelA');
    expect(await (await fetch(`${url}/app_id`)).text()).not.toBe(before.id);
    expect((await mergeEvents(url)).load).not.toBe(before.events.load);
  });

  it('stale-unet lets a load succeed that does nothing', async () => {
    const url = await withFaults('stale-unet@1');
    const plain = await shoot(url);
    expect(await loadB(url)).toMatchObject({ data: ['modelB.safetensors', true, {}, {}, {}] });
    expect((await shoot(url, merged(1))).pixels).toEqual(plain.pixels);
    simulator?.restart();
    await loadB(url);
    expect((await shoot(url, merged(1))).pixels).not.toEqual(plain.pixels);
  });

  it('slow-start has the pages before the API', async () => {
    const url = await withFaults('slow-start@2');
    expect((await get(url, '/internal/ping')).status).toBe(404);
    expect((await get(url, '/config')).status).toBe(200);
    expect((await get(url, '/sdapi/v1/options')).status).toBe(404);
    expect((await get(url, '/sdapi/v1/options')).status).toBe(200);
  });
});
