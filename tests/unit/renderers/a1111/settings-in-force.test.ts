/** Settings in force for every image: said, held, put back. */
import { afterEach, describe, expect, it } from 'vitest';
import { SettingsInForce } from '../../../../src/renderers/a1111/settings-in-force.ts';
import { createClient, type Client } from '../../../../src/renderers/http/client.ts';
import type { Image } from '../../../../src/types.ts';
import { recorded, startReplayServer } from '../../../helpers/replay-server.ts';
import type { ReplayServer } from '../../../helpers/replay-server.ts';
import { makeRequest } from '../make-request.ts';

const open: { close(): Promise<void> }[] = [];
const { signal } = new AbortController();
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** A server with these settings, some of which it does not let anybody change. */
async function startWith(
  settings: Record<string, unknown>,
  fixed: readonly string[] = [],
): Promise<{ client: Client; server: ReplayServer; now: Record<string, unknown> }> {
  const now = { ...settings };
  const server = await startReplayServer({
    'GET /sdapi/v1/options': () => ({ status: 200, body: now }),
    'POST /sdapi/v1/options': ({ body }) => {
      for (const [key, value] of Object.entries(body as object)) if (!fixed.includes(key)) now[key] = value;
      return { status: 200, body: null };
    },
  });
  const client = createClient({ url: server.url });
  open.push(server, client);
  return { client, server, now };
}

const USUAL = recorded('get_options').body as Record<string, unknown>;

describe('what is said before a run', () => {
  const said = async (settings: Record<string, unknown>, body = {}): Promise<string> => {
    const { client } = await startWith({ ...USUAL, ...settings });
    const inForce = new SettingsInForce();
    await inForce.hold(client, { ...USUAL, ...settings }, signal);
    return inForce.warnings([makeRequest(body)]).join('\n');
  };

  it('is nothing where all is as usual', async () => {
    expect(await said({})).toBe('');
    expect(await said({ sd_vae: 'None', CLIP_stop_at_last_layers: 1, forge_additional_modules: [] })).toBe(
      '',
    );
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ sd_vae: 'kl-f8.safetensors' }, /SD VAE "kl-f8\.safetensors" \(sd_vae\).*--clear-modules/],
    [{ sd_unet: '[TRT] modelA' }, /SD Unet "\[TRT\] modelA".*--clear-modules/],
    [{ sd_hypernetwork: 'style' }, /Hypernetwork "style".*--clear-modules/],
    [{ sd_lora: 'detail' }, /Network added to every prompt "detail".*--clear-modules/],
    [{ forge_additional_modules: ['/m/VAE/ae.sft', '/m/te/t5.safetensors'] }, /"ae\.sft", "t5\.safetensors"/],
    [{ CLIP_stop_at_last_layers: 2 }, /are left unchanged: Clip skip 2 \(CLIP_stop_at_last_layers\)/],
    [{ forge_unet_storage_dtype: 'float8-e4m3fn' }, /Diffusion in Low Bits "float8-e4m3fn"/],
    [{ randn_source: 'CPU', eta_noise_seed_delta: 31337 }, /"CPU" \(randn_source\), .*31337/],
  ])('%j', async (settings, sentence) => {
    expect(await said(settings)).toMatch(sentence);
  });

  it('is that Forge does not look at the VAE of a payload', async () => {
    const body = { override_settings: { sd_vae: 'mine.pt' } };
    expect(await said({ forge_additional_modules: [] }, body)).toMatch(/sets sd_vae, which Forge ignores/);
    expect(await said({}, body)).toBe('');
  });

  it('is nothing of what every request brings itself', async () => {
    const settings = { CLIP_stop_at_last_layers: 2 };
    expect(await said(settings, { override_settings: { CLIP_stop_at_last_layers: 1 } })).toBe('');
  });
});

describe('holding', () => {
  it('writes nothing as long as nothing was changed', async () => {
    const { client, server, now } = await startWith(USUAL);
    const inForce = new SettingsInForce();
    await inForce.hold(client, now, signal);
    await inForce.hold(client, now, signal);
    expect(await inForce.restore(client)).toEqual([]);
    expect(server.seen).toEqual([]);
  });

  it('puts back what was changed since the first look', async () => {
    const { client, server, now } = await startWith({ ...USUAL, sd_vae: 'mine.pt' });
    const inForce = new SettingsInForce();
    await inForce.hold(client, { ...now }, signal);
    now['sd_vae'] = 'Automatic';
    now['CLIP_stop_at_last_layers'] = 2;
    await inForce.hold(client, { ...now }, signal);
    expect(server.bodies('POST /sdapi/v1/options')).toEqual([
      { sd_vae: 'mine.pt', CLIP_stop_at_last_layers: 1 },
    ]);
    expect(now).toMatchObject({ sd_vae: 'mine.pt', CLIP_stop_at_last_layers: 1 });
    expect(inForce.unusual).toEqual({ sd_vae: 'mine.pt' });
  });

  it('clears what brings other weights, alone, and puts it back at the end', async () => {
    const mine = { sd_vae: 'mine.pt', sd_lora: 'detail', CLIP_stop_at_last_layers: 2 };
    const { client, now } = await startWith({ ...USUAL, ...mine });
    const inForce = new SettingsInForce(true);
    await inForce.hold(client, { ...now }, signal);
    expect(now).toMatchObject({ sd_vae: 'Automatic', sd_lora: 'None', CLIP_stop_at_last_layers: 2 });
    expect(inForce.unusual).toEqual({ CLIP_stop_at_last_layers: 2 });
    expect(await inForce.restore(client)).toEqual([]);
    expect(now).toMatchObject(mine);
  });

  it('does not believe status 200: an unknown module is dropped in silence', async () => {
    const { client } = await startWith({ ...USUAL, sd_vae: 'mine.pt' }, ['sd_vae']);
    const inForce = new SettingsInForce(true);
    await expect(inForce.hold(client, { ...USUAL, sd_vae: 'mine.pt' }, signal)).rejects.toMatchObject({
      code: 'webui-setting-refused',
      message: expect.stringMatching(
        /does not accept SD VAE "Automatic" \(sd_vae\).*leave out --clear-modules/,
      ),
    });
  });

  it('says what could not be put back, and does not throw', async () => {
    const { client, server, now } = await startWith({ ...USUAL, sd_vae: 'mine.pt' });
    const inForce = new SettingsInForce(true);
    await inForce.hold(client, { ...now }, signal);
    await server.close();
    expect(await inForce.restore(client)).toEqual([
      expect.stringMatching(/^SD VAE "mine\.pt" \(sd_vae\) could not be restored: /),
    ]);
  });
});

describe('replies', () => {
  const image = (settings: string, over = {}): Image => ({
    request: makeRequest(over),
    index: 0,
    bytes: new Uint8Array(),
    reported: {
      seed: 1,
      modelName: null,
      modelHash: null,
      samplerName: null,
      width: null,
      height: null,
      infotext: `a cat\nSteps: 4, Sampler: Euler, ${settings}Version: v1.10.1`,
    },
    seconds: 1,
  });
  const after = async (held: unknown, ...shown: readonly string[]): Promise<() => void> => {
    const settings = held === undefined ? USUAL : { ...USUAL, forge_additional_modules: held };
    const { client } = await startWith(settings);
    const inForce = new SettingsInForce();
    await inForce.hold(client, settings, signal);
    const last = shown.at(-1) ?? '';
    for (const one of shown.slice(0, -1)) inForce.assertHeld([image(one)], 'http://x');
    return () => inForce.assertHeld([image(last)], 'http://x');
  };

  it.each<[unknown, readonly string[]]>([
    [undefined, ['', '']],
    [undefined, ['VAE: a.pt, ', 'VAE: a.pt, ']],
    [[], ['', '']],
    [
      ['/m/ae.safetensors', '/m/t5.gguf'],
      ['Module 1: ae, Module 2: t5, ', 'Module 1: t5, Module 2: ae, '],
    ],
    // A version that does not write them.
    [['/m/ae.safetensors'], ['', '']],
  ])('that were made under the same settings pass: %j %j', async (held, shown) => {
    expect(await after(held, ...shown)).not.toThrow();
  });

  it.each<[unknown, readonly string[], RegExp]>([
    [[], ['Module 1: ae, '], /VAE \/ Text Encoder was none and is now "ae"/],
    [['/m/ae.sft'], ['Module 1: other, '], /was "ae" and is now "other"/],
    [['/m/ae.sft'], ['Module 1: ae, ', ''], /was "ae" and is now none/],
    [undefined, ['', 'VAE hash: 0123, VAE: mine.pt, '], /VAE was none and is now "mine\.pt"/],
    [undefined, ['Clip skip: 2, ', ''], /Clip skip was "2" and is now none/],
  ])('that were not are refused: %j %j', async (held, shown, sentence) => {
    expect(await after(held, ...shown)).toThrow(
      expect.objectContaining({
        code: 'webui-wrong-reply',
        field: 'model',
        message: expect.stringMatching(sentence),
      }),
    );
  });
});
