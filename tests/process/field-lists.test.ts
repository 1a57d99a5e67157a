/** Lists and preset files of other tools: `presets`, `convert`, `merge` and `search` agree on what they are. */
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runInProcess } from '../helpers/fake-process.ts';
import { makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';
import { checkpointBytes, sd1Tensors, writeTo } from '../unit/checkpoints/make-checkpoint.ts';

const PRESETS = path.resolve(import.meta.dirname, '../fixtures/inputs/mbwpresets.txt');
const V = [
  0,
  ...Array.from({ length: 25 }, (_, i) => Math.round((1 - i / 12 + 1e-12) * 1e10) / 1e10).map(Math.abs),
];
const numbers = (count: number): string => Array.from({ length: count }, (_, i) => (i + 1) / 100).join(',');

let folder: WorkFolder;
beforeEach(() => {
  folder = makeWorkFolder();
  copyFileSync(PRESETS, path.join(folder.path, 'mbwpresets.txt'));
});
const cli = (...args: string[]) => runInProcess(args.map((arg) => arg.replace('%', folder.path)));
const json = async (...args: string[]): Promise<unknown> => {
  const { code, stdout, stderr } = await cli(...args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout);
};
const DRY = [
  'search',
  '--dry-run',
  '--json',
  '--payload',
  '%/hills.json',
  '--model-a',
  'A',
  '--model-b',
  'B',
  '--output',
  'O',
];

describe('preset lines of supermerger, BASE in front of 25', () => {
  const blocks = { IN00: V[1], IN11: V[12], M00: 0, OUT11: V[25], OUT: V[25], TIME_EMBED: V[1] };

  it('presets', async () => {
    expect(await json('presets', '%/mbwpresets.txt', 'MY_V', '--json')).toMatchObject([
      { name: 'MY_V', baseAlpha: 0, weights: blocks },
    ]);
    expect((await cli('presets', '%/mbwpresets.txt')).stdout).toMatch(/MY\*2.*|MY_ALLB/);
  });

  it('convert, as mbw: does', async () => {
    const { stdout } = await cli('convert', '%/mbwpresets.txt#MY_V', '--to', 'mbw');
    const again = await cli('convert', `mbw:${stdout.trim()}`, '--to', 'mbw');
    expect(again.stdout).toBe(stdout);
    expect(stdout.split(',').map(Number)).toEqual(V);
    for (const source of [`mbw:${stdout.trim()}`, stdout.trim(), `preset:${stdout.trim()}`]) {
      expect(await json('convert', source, '--to', 'json')).toMatchObject({ baseAlpha: 0, weights: blocks });
    }
    const all = await cli('convert', 'preset:my_allb', '--presets', '%/mbwpresets.txt', '--to', 'list');
    expect(all.stderr).toMatch(/base alpha 1 .* is dropped: the format list cannot store it/);
  });

  it('search --warm-start, which says what it does not follow', async () => {
    const plan = await json(...DRY, '--presets', '%/mbwpresets.txt', '--warm-start', 'preset:MY*2');
    const list = await json(...DRY, '--warm-start', '0,0,0.0101,1.,.5' + ',0'.repeat(21));
    expect(plan).toMatchObject({ queue: (list as { queue: unknown }).queue });
    const { stderr } = await cli(...DRY, '--presets', '%/mbwpresets.txt', '--warm-start', 'preset:MY_ALLB');
    expect(stderr).toMatch(/--warm-start preset:MY_ALLB: the base alpha 1 of the weights is ignored/);
  });

  it('merge --weights', async () => {
    const a = writeTo(folder.path, 'a.safetensors', checkpointBytes(sd1Tensors(1)));
    const b = writeTo(folder.path, 'b.safetensors', checkpointBytes(sd1Tensors(2)));
    const merge = [
      'merge',
      '--model-a',
      a,
      '--model-b',
      b,
      '--output',
      '%/o.safetensors',
      '--dry-run',
      '--json',
    ];
    expect(await json(...merge, '--weights', V.join(','))).toMatchObject({ recipe: { weights: blocks } });
    expect(await json(...merge, '--weights', 'preset:GRAD_V')).toMatchObject({
      recipe: { weights: { IN00: 1 } },
    });
    expect(await json(...merge, '--weights', numbers(26))).toMatchObject({
      recipe: { weights: { IN00: 0.02, TE: 0.01, VAE: 0.01 } },
    });
    expect((await cli(...merge, '--weights', numbers(20))).stderr).toMatch(
      /are for SDXL, but these models are SD 1/,
    );
    expect((await cli(...merge, '--weights', numbers(17))).stderr).toMatch(/blocks of a LoRA/);
  });
});

describe('lists of SDXL', () => {
  it('come back from JSON with all that they say', async () => {
    const first = await json('convert', numbers(21), '--to', 'json');
    expect(first).toMatchObject({ baseAlpha: 0.01, vaeWeight: 0.21, architectures: ['sdxl'] });
    folder.write('w.json', first as Record<string, unknown>);
    expect(await json('convert', '%/w.json', '--to', 'json')).toEqual(first);
    expect((await cli('convert', '%/w.json', '--to', 'mbw')).stderr).toMatch(
      /separate VAE weight 0\.21 is dropped/,
    );
  });

  it.each([19, 20, 21])('%d numbers begin a search of SDXL, and none of SD 1', async (count) => {
    const xl = await json(...DRY, '--architecture', 'sdxl', '--warm-start', numbers(count));
    expect((xl as { queue: unknown[] }).queue).toHaveLength(1);
    const { code, stderr } = await cli(...DRY, '--warm-start', numbers(count));
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('are for SDXL') });
  });

  it('21 in a named order are the 21 blocks', async () => {
    expect(await json('convert', `search:${numbers(21)}`, '--to', 'json')).toMatchObject({
      weights: { IN08: 0.09, M00: 0.1, OUT: 0.11, OUT00: 0.12, OUT08: 0.2, TIME_EMBED: 0.21 },
    });
  });

  it('of 26 for SDXL, out follows OUT08', async () => {
    const plan = await json(
      ...DRY,
      '--architecture',
      'sdxl',
      '--warm-start',
      numbers(26),
      '--intervals',
      '0',
    );
    const { queue, space } = plan as { queue: number[][]; space: { dimensions: { blocks: string[] }[] } };
    const at = (block: string): number | undefined =>
      queue[0]?.[space.dimensions.findIndex(({ blocks }) => blocks.includes(block))];
    expect([at('OUT08'), at('OUT')]).toEqual([0.23, 0.23]);
  });
});

it.each([
  [61, /supermerger writes 61 for Flux/],
  [34, /Z-Image/],
  [18, /; got 18\./],
])('%d numbers are refused with who writes them', async (count, message) => {
  const { code, stderr } = await cli(...DRY, '--warm-start', numbers(count));
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  const file = folder.write('x.tsv', `flux\t${numbers(count)}\n`);
  expect((await cli('presets', file)).stderr).toMatch(/^autombw: Line 1 of .* \(flux\) has \d+ numbers/);
});

it('files of lora-block-weight, NAME:numbers', async () => {
  folder.write('lbw.txt', `NONE:${numbers(17)}\nXL:${numbers(12)}\n`);
  expect(await json('convert', '%/lbw.txt#none', '--to', 'json')).toMatchObject({
    weights: { IN01: 0.02, OUT11: 0.17 },
  });
});
