import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseFile } from '../../../src/payload/formats/index.ts';
import { runInProcess, type InProcessResult } from '../../helpers/fake-process.ts';
import { searchTiny } from '../../helpers/run-search.ts';
import { makeWorkFolder, TINY_PAYLOAD, type WorkFolder } from '../../helpers/work-folder.ts';

let folder: WorkFolder;
beforeEach(() => {
  folder = makeWorkFolder();
});

/** `%` stands for the folder. */
async function cli(...args: string[]): Promise<InProcessResult> {
  const result = await runInProcess(args.map((arg) => arg.replace('%', folder.path)));
  const plain = (text: string): string => text.replaceAll(folder.path, '%').replaceAll('\\', '/');
  return { ...result, stdout: plain(result.stdout), stderr: plain(result.stderr) };
}

describe('payload check', () => {
  it('tells of every file, and ends with 2 when one is wrong', async () => {
    folder.write('a.yaml', 'prompt: a\nstpes: 5\n');
    folder.write('b.toml', 'prompt = "a"\nday = 2024-01-02\n');
    folder.write('c.json', { steps: '5', cfg: 1 });
    folder.write('d.json', { prompt: 'a', width: 513, height: 700 });
    expect(await cli('payload', 'check', '%', '%/none.json')).toEqual({
      code: 2,
      stderr: '',
      stdout: `${[
        '! %/a.yaml: 1 image',
        '    Unknown key "stpes" is sent as it is. Did you mean "steps"?',
        '✗ %/b.toml',
        '    (TOML, line 2, column 1): "day": it is a date (put it in quotes to send it as a text), which a request cannot carry.',
        '✗ %/c.json',
        '    "prompt" is missing.',
        '    "steps" must be a number; got "5".',
        '    Unknown key "cfg" is sent as it is. Did you mean "cfg_scale"?',
        '! %/d.json: 1 image',
        '    width 513 is not a multiple of 8; AUTOMATIC1111 and Forge draw 512, ComfyUI refuses the payload.',
        '    height 700 is not a multiple of 8; AUTOMATIC1111 and Forge draw 696, ComfyUI refuses the payload.',
        '✓ %/hills.json: 2 images',
        '✗ %/none.json',
        '    cannot be read (ENOENT: no such file or directory); % contains a.yaml, b.toml, c.json, d.json, hills.json. autombw init writes one.',
      ].join('\n')}\n`,
    });
  });

  it('prints JSON', async () => {
    const { code, stdout } = await cli('payload', 'check', '%/*.json', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      ok: true,
      files: [{ file: '%/hills.json', ok: true, warnings: [], errors: [], pictures: 2 }],
    });
  });
});

describe('payload convert', () => {
  it.each(['toml', 'yaml', 'msgpack'])('to %s and back, key by key', async (format) => {
    const real = path.resolve(import.meta.dirname, '../../fixtures/astolfomix/payloads/test-9img.json');
    folder.write('p.json', readFileSync(real, 'utf8'));
    expect(await cli('payload', 'convert', '%/p.json', '--to', format)).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(await cli('payload', 'convert', `%/p.${format}`, '--output', '%/q.json')).toMatchObject({
      code: 0,
    });
    expect(JSON.stringify(JSON.parse(folder.read('q.json')))).toBe(readFileSync(real, 'utf8').trim());
    const bytes = readFileSync(path.join(folder.path, `p.${format}`));
    expect(await parseFile(bytes, `p.${format}`)).toEqual(JSON.parse(readFileSync(real, 'utf8')));
  });

  it('replaces nothing unless told, and never the input', async () => {
    folder.write('hills.toml', 'old');
    expect(await cli('payload', 'convert', '%/hills.json', '--to', 'toml')).toMatchObject({
      code: 2,
      stderr:
        'autombw: %/hills.toml exists; choose another name, or replace it with --force. %/hills-2.toml is free.\n',
    });
    expect(folder.read('hills.toml')).toBe('old');
    expect((await cli('payload', 'convert', '%/hills.json', '--to', 'toml', '--force')).code).toBe(0);
    expect(folder.read('hills.toml')).toMatch(/^prompt = "green hills"\nseed = 7\n/);
    expect((await cli('payload', 'convert', '%/hills.json', '--to', 'json', '--force')).stderr).toMatch(
      /is also the input/,
    );
    expect(folder.files()).toEqual(['hills.json', 'hills.toml']);
  });

  it.each([
    [['%/hills.json'], /Choose a format for .*hills\.json: --to/],
    [['%/hills.json', '--output', '%/x.txt'], /must end in \.json, .*, not in \.txt/],
    [['%/hills.json', '--to', 'yaml', '--output', '%/x.toml'], /must end in \.yaml or \.yml\.$/m],
    [['%/null.json', '--to', 'toml'], /TOML has no null, which is the value of "scheduler"/],
    [['%/list.json', '--to', 'toml'], /must hold one object/],
  ])('%j', async (args, sentence) => {
    folder.write('null.json', { prompt: 'a', scheduler: null });
    folder.write('list.json', '[]');
    const before = folder.files();
    const { code, stderr } = await cli('payload', 'convert', ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(folder.files()).toEqual(before);
  });
});

describe('payload show', () => {
  it('prints requests, images and a time that says it is a guess', async () => {
    folder.write('big.json', {
      prompt: 'a\nb',
      negative_prompt: 'c',
      seed: 5,
      batch_size: 2,
      steps: 10,
      styles: ['x'],
    });
    const { code, stdout } = await cli('payload', 'show', '%/hills.json', '%/big.json');
    expect(code).toBe(0);
    expect(stdout).toContain('hills/1  seed 8  64×64, 4 steps\n    green hills\n');
    expect(stdout).toContain('big/0  seeds 5, 6  512×512, 10 steps\n    a b\n    not: c\n    with styles\n');
    expect(stdout).toMatch(
      /Images {7}4 per iteration, in 3 requests\nTime {9}about 2\.6 s .*: estimated for an RTX 3090/,
    );
  });

  it('prints the bodies that a search sends, with the seed of the search', async () => {
    folder.write('any.json', { prompt: 'a' });
    const bodies = async (...args: string[]): Promise<unknown> =>
      JSON.parse((await cli('payload', 'show', '%/any.json', '--json', ...args)).stdout);
    const [one, again, other] = await Promise.all([bodies(), bodies('--seed', '1'), bodies('--seed', '2')]);
    expect(one).toEqual([
      {
        prompt: 'a',
        negative_prompt: '',
        seed: expect.any(Number),
        batch_size: 1,
        n_iter: 1,
        width: 512,
        height: 512,
        enable_hr: false,
      },
    ]);
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('takes the time of an image, or of a run', async () => {
    const { journal } = await searchTiny({ payload: TINY_PAYLOAD, config: { iterations: 3 } });
    expect((await cli('payload', 'show', '%/hills.json', '--seconds', '30')).stdout).toMatch(
      /about 1 min per iteration.*: 30 s an image, as given/,
    );
    expect((await cli('payload', 'show', '%/hills.json', '--run', journal)).stdout).toMatch(
      /Time .*: measured, over 6 images of /,
    );
  });

  it.each([
    [['--seconds', '1', '--run', 'x'], /Give --seconds 1 or --run x, not both/],
    [['--seconds', '0'], /must be above 0/],
    [['--run', 'nothing'], /There is no run "nothing"/],
  ])('%j', async (args, sentence) => {
    const { code, stderr } = await cli('payload', 'show', '%/hills.json', ...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(sentence) });
  });
});
