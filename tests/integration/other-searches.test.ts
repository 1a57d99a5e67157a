/** Searches of other computers at the same server, which no lock of this one knows: what the server shows of them. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Simulator, SimulatorOptions } from '../../src/simulator/index.ts';
import { userTag } from '../../src/shared/process/file-owner.ts';
import { searchOn, startFaulty } from '../helpers/simulated-search.ts';
import { PATIENCE } from '../setup/settings.ts';
import { get, post } from '../unit/simulator/client.ts';

const open: Simulator[] = [];
const busy: Promise<unknown>[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (one) => one.close()));
  await Promise.allSettled(busy.splice(0));
});

async function start(simulator: SimulatorOptions): Promise<Simulator> {
  const server = await startFaulty({ simulator });
  open.push(server);
  return server;
}

describe('an AUTOMATIC1111', () => {
  const draw = (server: Simulator, task: string): void => {
    const body = { prompt: 'a cat', steps: 2, width: 64, height: 64, force_task_id: task };
    busy.push(post(server.url, '/sdapi/v1/txt2img', body));
  };
  const waiting = async (server: Simulator, count: number): Promise<void> => {
    await expect
      .poll(async () => (await get(server.url, '/internal/pending-tasks')).body, {
        timeout: 10_000 * PATIENCE,
      })
      .toMatchObject({ size: count });
  };

  it('whose queue holds a job of one is left to it', async () => {
    const server = await start({ latencyMs: 20_000 });
    for (const one of [1, 2]) draw(server, `task(autombw-deadbeefu1000-${one})`);
    await waiting(server, 1);
    const selected = async (): Promise<unknown> =>
      ((await get(server.url, '/sdapi/v1/options')).body as Record<string, unknown>)['sd_model_checkpoint'];
    const before = await selected();
    await expect(searchOn([server])).rejects.toMatchObject({
      code: 'server-in-use',
      kind: 'usage',
      message: expect.stringContaining('is in use by a search by another computer or user.') as unknown,
    });
    // Nothing was selected.
    expect(await selected()).toBe(before);
  });

  it('whose queue holds a job of our own, which a killed run has left, is not', async () => {
    const server = await start({ latencyMs: 300 });
    for (const one of [1, 2]) draw(server, `task(autombw-${userTag()}-${one})`);
    const { summary } = await searchOn([server], { config: { iterations: 1 } });
    expect(summary.reason.code).toBe('iterations');
  });

  const WORK_FILE = 'autombw-work-deadbeef-12-00000000-1';
  it.each([
    ['draws is left to it', true],
    ['is idle is not: a killed run has left it', false],
  ])('with a merged file of one selected, which %s', async (_, draws) => {
    const models = [WORK_FILE, 'modelA', 'modelB'];
    const server = await start({ models, latencyMs: draws ? 100 : 0 });
    const over = new AbortController();
    const other = async (): Promise<void> => {
      while (!over.signal.aborted)
        await post(server.url, '/sdapi/v1/txt2img', { steps: 2, width: 64, height: 64 });
    };
    if (draws) busy.push(other().catch(() => undefined));
    const found = await searchOn([server], { config: { iterations: 1 } }).then(
      ({ summary }) => summary.reason.code,
      (error: { readonly code: string }) => error.code,
    );
    over.abort();
    expect(found).toBe(draws ? 'server-in-use' : 'iterations');
  });

  it('with one that comes later: said once', async () => {
    const backend = 'model-mixer';
    const server = await start({ latencyMs: 60 * PATIENCE, extensions: [backend] });
    const over = new AbortController();
    const other = async (): Promise<void> => {
      for (let i = 0; !over.signal.aborted; i++) {
        const task = { force_task_id: `task(autombw-deadbeefu1-${i})` };
        await post(server.url, '/sdapi/v1/txt2img', { steps: 2, width: 64, height: 64, ...task });
      }
    };
    const observer = {
      name: 'other',
      onTrial: ({ id }: { readonly id: number }) => {
        if (id === 1) busy.push(other().catch(() => undefined));
        if (id === 4) over.abort();
      },
    };
    const { notices, summary } = await searchOn([server], {
      config: { backend, iterations: 5 },
      renderer: { backend },
      observers: [observer],
    }).finally(() => {
      over.abort();
    });
    expect(summary.failed).toBe(0);
    expect(notices.filter((one) => /search by another computer or user is/.test(one))).toHaveLength(1);
  });
});

describe('a ComfyUI', () => {
  const COMFY: SimulatorOptions = { family: 'comfyui' };
  /** A prompt that ends at once: nothing but a latent and its preview. */
  const leave = async (server: Simulator, mark: object): Promise<void> => {
    const prompt = {
      a: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'modelA.safetensors' } },
      b: { class_type: 'EmptyLatentImage', inputs: { width: 64, height: 64, batch_size: 1 } },
      c: { class_type: 'VAEDecode', inputs: { samples: ['b', 0], vae: ['a', 2] } },
      d: { class_type: 'PreviewImage', inputs: { images: ['c', 0] } },
    };
    const reply = await post(server.url, '/prompt', { prompt, extra_data: { autombw: mark } });
    expect(reply.status).toBe(200);
    await expect
      .poll(async () => Object.keys((await get(server.url, '/history')).body as object).length, {
        timeout: 10_000 * PATIENCE,
      })
      .toBe(1);
  };
  const other = { user: 'deadbeefu1', computer: 'nas\u001B[2J', run: 'O' };
  const found = async (server: Simulator): Promise<string> =>
    searchOn([server], { config: { iterations: 1 } }).then(
      ({ summary }) => summary.reason.code,
      (error: Error) => error.message,
    );

  it('with a prompt of one a moment ago is left to it, by name', async () => {
    const server = await start(COMFY);
    await leave(server, { ...other, sent: Date.now() });
    const message = await found(server);
    expect(message).toMatch(/is in use by search "O" on the computer "nas.*"\. Wait for it/);
    expect(message).not.toContain('\u001B');
  });

  it.each([
    ['of long ago', { ...other, sent: Date.now() - 200_000 }],
    ['of our own', { ...other, user: userTag(), sent: Date.now() }],
    ['that is none', { user: 7, sent: 'now' }],
  ])('with a mark %s is free', async (_, mark) => {
    const server = await start(COMFY);
    await leave(server, mark);
    expect(await found(server)).toBe('iterations');
  });

  it('shows whose our prompts are, and for which run', async () => {
    const server = await start(COMFY);
    await searchOn([server], { config: { iterations: 1 }, renderer: { runName: 'O' } });
    const history = (await get(server.url, '/history')).body as Record<string, { prompt: unknown[] }>;
    const marks = Object.values(history).map(({ prompt }) => prompt[3]);
    expect(marks.length).toBeGreaterThan(0);
    for (const mark of marks) expect(mark).toMatchObject({ autombw: { user: userTag(), run: 'O' } });
  });
});
