import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { inspectCheckpoint } from '../../../src/checkpoints/inspect.ts';
import { checkpointBytes, sd1Tensors, temporaryFolder, UNET, writeTo } from './make-checkpoint.ts';

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('inspect', () => {
  it('tells architecture, types, parts, blocks, metadata and both short hashes', async () => {
    const tensors = {
      ...sd1Tensors(1, 14_000),
      'model_ema.x': { dtype: 'F16', shape: [2], data: new Uint16Array(2) },
    };
    const bytes = checkpointBytes(tensors, { note: 'hello' });
    expect(bytes.length).toBeGreaterThan(0x11_0000);
    const file = writeTo(temporaryFolder(), 'm.safetensors', bytes);
    const found = await inspectCheckpoint(file);
    expect(found).toMatchObject({
      architecture: 'sd1',
      kind: 'Stable Diffusion 1.x',
      tensors: 30,
      parameters: 29 * 14_000 + 2,
      metadata: { note: 'hello' },
      recipe: undefined,
      types: { F32: { tensors: 29, bytes: 29 * 56_000 }, F16: { tensors: 1, parameters: 2, bytes: 4 } },
      parts: {
        UNet: { tensors: 27 },
        VAE: { tensors: 1 },
        'text encoder': { tensors: 1 },
        EMA: { tensors: 1 },
      },
      hashes: {
        autoV1: digest(bytes.subarray(0x10_0000, 0x11_0000)).slice(0, 8),
        autoV2: digest(bytes).slice(0, 10),
        sha256: digest(bytes),
      },
    });
    expect(Object.keys(found.blocks)).toHaveLength(27);
    expect(found.blocks.OUT11).toEqual({ tensors: 1, parameters: 14_000, bytes: 56_000 });
  });

  it('names what cannot be merged; a small file has the old hash of nothing', async () => {
    const bytes = checkpointBytes({ 'lora_unet_x.lora_up.weight': { data: new Float32Array(2) } });
    const found = await inspectCheckpoint(writeTo(temporaryFolder(), 'l.safetensors', bytes));
    expect(found).toMatchObject({ architecture: undefined, kind: 'a LoRA file', blocks: {} });
    expect(found.hashes.autoV1).toBe(digest(new Uint8Array()).slice(0, 8));
  });

  it('reads the recipe of the Python extension, and no nonsense under its name', async () => {
    const recipe = { type: 'auto-mbw-rt', modelA: 'a', modelB: 'b', mbwrt_weights: '0.0,1.0' };
    const folder = temporaryFolder();
    const tensors = { [`${UNET}out.2.bias`]: { data: new Float32Array(1) } };
    const sound = writeTo(folder, 'x', checkpointBytes(tensors, { sd_mbwrt_recipe: JSON.stringify(recipe) }));
    expect((await inspectCheckpoint(sound)).pythonRecipe).toMatchObject({
      modelA: 'a',
      mbwrt_weights: '0.0,1.0',
    });
    const nonsense = writeTo(
      folder,
      'y',
      checkpointBytes(tensors, { sd_mbwrt_recipe: '{', autombw_recipe: '{"version":9}' }),
    );
    expect(await inspectCheckpoint(nonsense)).toMatchObject({ pythonRecipe: undefined, recipe: undefined });
  });
});
