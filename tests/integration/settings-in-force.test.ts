/** Settings of an AUTOMATIC1111 that shape every image, through whole searches. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Simulator, SimulatorOptions } from '../../src/simulator/index.ts';
import { runInProcess } from '../helpers/fake-process.ts';
import { ofKind, searchOn, startFaulty } from '../helpers/simulated-search.ts';
import { BASICS, makeWorkFolder } from '../helpers/work-folder.ts';
import { get, post } from '../unit/simulator/client.ts';

const open: Simulator[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (one) => one.close()));
});

async function start(over: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startFaulty({ simulator: over });
  open.push(simulator);
  return simulator;
}

async function set({ url }: Simulator, settings: object): Promise<void> {
  expect(await post(url, '/sdapi/v1/options', settings)).toMatchObject({ status: 200 });
}

async function settingOf({ url }: Simulator, key: string): Promise<unknown> {
  return ((await get(url, '/sdapi/v1/options')).body as Record<string, unknown>)[key];
}

it('an alias of the model that is loaded already is the model', async () => {
  const simulator = await start({ models: ['modelA', 'modelB'] });
  // The first of the list is loaded: selecting it by another name loads nothing, and the name stays.
  await set(simulator, { sd_model_checkpoint: 'modelA' });
  expect(await settingOf(simulator, 'sd_model_checkpoint')).toBe('modelA');
  const { summary } = await searchOn([simulator]);
  expect(summary).toMatchObject({ failed: 0, reason: { code: 'iterations' } });
});

describe('a VAE', () => {
  it('that was chosen before stands in the plan and stays', async () => {
    const simulator = await start();
    await set(simulator, { sd_vae: 'kl-f8.safetensors' });
    const { records, summary } = await searchOn([simulator]);
    expect(summary.failed).toBe(0);
    expect(ofKind(records, 'plan')[0]?.plan.server?.settings).toEqual({ sd_vae: 'kl-f8.safetensors' });
    expect(await settingOf(simulator, 'sd_vae')).toBe('kl-f8.safetensors');
  });

  it('that somebody chooses in mid-run spoils no score', async () => {
    const expected = await searchOn([await start()]);
    const simulator = await start();
    const meddling = {
      name: 'meddling',
      onTrial: async ({ id }: { readonly id: number }) => {
        if (id === 2) await set(simulator, { sd_vae: 'kl-f8.safetensors' });
      },
    };
    const { csv, notices, summary } = await searchOn([simulator], { observers: [meddling] });
    expect(summary.failed).toBe(0);
    expect(csv).toBe(expected.csv);
    expect(notices.join('\n')).toMatch(/VAE was none and is now "kl-f8\.safetensors"/);
    expect(await settingOf(simulator, 'sd_vae')).toBe('Automatic');
  });
});

it('two servers that are not set alike do not share a search', async () => {
  const [one, other] = [await start(), await start()];
  await set(other, { CLIP_stop_at_last_layers: 2 });
  await expect(searchOn([one, other])).rejects.toMatchObject({
    code: 'servers-differ',
    message: expect.stringContaining('CLIP_stop_at_last_layers is at its default here and 2 there'),
  });
  expect(one.stats().images + other.stats().images).toBe(0);
});

it('--clear-modules goes from the command line to the server and back', async () => {
  const folder = makeWorkFolder();
  const simulator = await start();
  await set(simulator, { sd_vae: 'kl-f8.safetensors', CLIP_stop_at_last_layers: 2 });
  const basics = BASICS.map((one) => (one === 'hills.json' ? `${folder.path}/${one}` : one));
  const search = ['search', ...basics, '--webui', simulator.url, '--folder', folder.path];
  const { code, stderr } = await runInProcess([...search, '--iterations', '1', '--clear-modules']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/Clip skip 2/) });
  expect(stderr).not.toMatch(/kl-f8/);
  const [plan] = ofKind(folder.journal(), 'plan');
  expect(plan?.plan.server?.settings).toEqual({ CLIP_stop_at_last_layers: 2 });
  expect(plan?.plan.config.clearModules).toBe(true);
  expect(await settingOf(simulator, 'sd_vae')).toBe('kl-f8.safetensors');
});
