/** The built command: real worker threads, signals, files. `npm test` builds dist first. */
import { once } from 'node:events';
import {
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  watch,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { mergeCheckpoints } from '../../../src/checkpoints/merge.ts';
import { openCheckpoint } from '../../../src/checkpoints/checkpoint-file.ts';
import { formatRecipe } from '../../../src/formats/recipe.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { weightsFromList } from '../../../src/architectures/sd-lists.ts';
import { runCli, startCli, type CliResult } from '../../helpers/run-cli.ts';
import {
  checkpointBytes,
  sd1Tensors,
  temporaryFolder,
  writeTo,
} from '../../unit/checkpoints/make-checkpoint.ts';

let cwd = '';
beforeEach(() => {
  cwd = temporaryFolder();
});
const files = (): string[] => readdirSync(cwd).toSorted();
const read = (name: string): Buffer => readFileSync(path.join(cwd, name));
const merge = async (...args: string[]): Promise<CliResult> => runCli(['merge', ...args], { cwd });
const list = (weight: number): string => Array.from({ length: 27 }, () => weight).join(',');
const MODELS = ['--model-a', 'a.safetensors', '--model-b', 'b.safetensors'];

/** 12 MB each: several blocks of work, tensors in another order in B, off every alignment. */
function writeModels(): void {
  writeTo(cwd, 'a.safetensors', checkpointBytes(sd1Tensors(1, 100_001), {}, 1));
  const reversed = Object.fromEntries(Object.entries(sd1Tensors(2, 100_001)).toReversed());
  writeTo(cwd, 'b.safetensors', checkpointBytes(reversed, {}, 2));
}

/** Gigabytes of zeros that take no room: a merge of them is still going on when a signal comes. */
function writeHugeModels(): void {
  const count = 20_000_000;
  const names = Object.keys(sd1Tensors(1, 1));
  const entries = names.map((name, i) => [
    name,
    { dtype: 'F32', shape: [count], data_offsets: [4 * count * i, 4 * count * (i + 1)] },
  ]);
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  for (const name of ['a.safetensors', 'b.safetensors']) {
    const handle = openSync(path.join(cwd, name), 'w');
    writeSync(handle, Buffer.concat([length, json]));
    ftruncateSync(handle, 8 + json.length + 4 * count * names.length);
    closeSync(handle);
  }
}

describe('autombw merge', () => {
  it.each(['weighted-sum', 'slerp', 'cosine-b', 'ties'])(
    '%s in threads writes what one thread writes',
    async (method) => {
      writeModels();
      const { code, stdout, stderr } = await merge(
        '--weights',
        list(0.3),
        '--order',
        'search',
        ...MODELS,
        '--output',
        'o.safetensors',
        '--method',
        method,
        '--json',
      );
      expect([code, stderr]).toEqual([0, '']);
      expect(JSON.parse(stdout)).toMatchObject({
        output: 'o.safetensors',
        tensors: 29,
        onlyInB: [],
        merged: { IN00: 1 },
      });
      const [modelA, modelB, output] = ['a', 'b', 'here'].map((name) =>
        path.join(cwd, `${name}.safetensors`),
      );
      if (modelA === undefined || modelB === undefined || output === undefined)
        throw new Error('three paths were expected');
      await mergeCheckpoints(
        { modelA, modelB, output, weights: uniformWeights(0.3, 'sd1'), method, name: 'o' },
        { workers: 0, kernel: 'js' },
      );
      expect(read('o.safetensors').equals(read('here.safetensors'))).toBe(true);
    },
  );

  it('takes parameters of a method by name and block, keeps them in the file, and merges that recipe to the same bytes', async () => {
    for (const [seed, name] of ['a', 'b', 'c', 'd'].entries())
      writeTo(cwd, `${name}.safetensors`, checkpointBytes(sd1Tensors(seed, 501)));
    const more = ['--model-c', 'c.safetensors', '--model', 'd.safetensors'];
    const flags = ['--param', 'p=0.25', '--param', 'p@OUT*=0.5', '--param', 'p@OUT03=0.75'];
    const { code, stdout, stderr } = await merge(
      '--method',
      'della',
      ...flags,
      '--param',
      'seed=12',
      ...MODELS,
      ...more,
      '--output',
      'o.safetensors',
      '--json',
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      weightsFrom: 'della: 1 for every block',
      recipe: {
        method: 'della',
        parameters: {
          p: { value: 0.25, blocks: { OUT: 0.5, OUT00: 0.5, OUT03: 0.75 } },
          epsilon: { value: 0.2 },
          seed: { value: 12 },
        },
        models: { d: { file: 'd.safetensors' } },
      },
    });
    await merge('--recipe', 'o.safetensors', '--output', 'again.safetensors');
    expect(read('again.safetensors').equals(read('o.safetensors'))).toBe(true);
    const wrong = await merge('--method', 'dela', ...MODELS, '--output', 'x.safetensors');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('Did you mean "della"?')]);
    expect(files()).not.toContain('x.safetensors');
  });

  it('merges the recipe in a merged file to the same bytes, also when the models were renamed', async () => {
    writeModels();
    await merge(
      '--weights',
      list(0.7),
      '--order',
      'recipe',
      ...MODELS,
      '--output',
      'o.safetensors',
      '--dtype',
      'fp16',
      '--position-ids',
      'fix',
    );
    const again = await merge('--recipe', 'o.safetensors', '--output', 'again.safetensors');
    expect([again.code, again.stderr]).toEqual([0, '']);
    renameSync(path.join(cwd, 'a.safetensors'), path.join(cwd, 'renamed model.safetensors'));
    const renamed = await merge(
      '--recipe',
      'o.safetensors',
      '--model-a',
      'renamed model.safetensors',
      '--output',
      'third.safetensors',
    );
    expect([renamed.code, renamed.stderr]).toEqual([0, '']);
    expect(read('again.safetensors').equals(read('o.safetensors'))).toBe(true);
    expect(read('third.safetensors').equals(read('o.safetensors'))).toBe(true);
    const other = await merge(
      '--recipe',
      'o.safetensors',
      '--model-a',
      'b.safetensors',
      '--output',
      'fourth.safetensors',
    );
    expect(other.stderr).toMatch(
      /^! b\.safetensors is not the model named in the recipe inside o\.safetensors: its SHA-256 begins with/,
    );
  });

  it('reads recipe files in either order, named models where they lie', async () => {
    writeModels();
    const weights = weightsFromList([...Array.from({ length: 25 }, () => 0), 0.25, 0.75], 'recipe');
    const text = formatRecipe({
      modelA: 'a.safetensors',
      modelB: 'b.safetensors',
      modelO: 'Best',
      positionIdFix: 'Fix',
      outputMode: 'Max Precision',
      weights,
      order: 'recipe',
    });
    writeFileSync(path.join(cwd, 'x.recipe.txt'), `${text}\nsome log below\n`);
    await merge('--recipe', 'x.recipe.txt', '--output', 'o.safetensors');
    await merge('--recipe', 'x.recipe.txt', '--order', 'legacy', '--output', 'legacy.safetensors');
    const [usual, legacy] = ['o', 'legacy'].map((name) => {
      const found = openCheckpoint(path.join(cwd, `${name}.safetensors`)).metadata.get('autombw_recipe');
      return JSON.parse(found ?? '') as unknown;
    });
    expect(usual).toMatchObject({
      output: 'Best',
      positionIds: 'fix',
      weights: { OUT: 0.25, TIME_EMBED: 0.75 },
    });
    expect(legacy).toMatchObject({ weights: { OUT: 0.75, TIME_EMBED: 0.25 } });
  });

  it('takes the best iteration of a run, or the one that is named', async () => {
    writeModels();
    const lines = [
      { kind: 'recovered', version: 1, source: 'x.log', modelA: null, modelB: null, output: null, queue: [] },
      ...[0.1, 0.9, 0.4].map((score, i) => ({
        kind: 'learnt',
        trial: i + 1,
        weights: { IN00: score, OUT: 0.5 },
        score,
      })),
    ];
    writeFileSync(
      path.join(cwd, 'r.journal.jsonl'),
      lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    );
    const weightsOf = async (...args: string[]): Promise<unknown> => {
      const { stdout } = await merge(
        '--run',
        'r.journal.jsonl',
        ...MODELS,
        '--output',
        'o.safetensors',
        '--dry-run',
        '--json',
        ...args,
      );
      return JSON.parse(stdout) as unknown;
    };
    expect(await weightsOf()).toMatchObject({
      recipe: { weights: { IN00: 0.9, OUT: 0.5 } },
      weightsFrom: 'iteration 2 of r.journal.jsonl, the best with score 0.9000',
    });
    expect(await weightsOf('--iteration', '3')).toMatchObject({
      recipe: { weights: { IN00: 0.4, OUT: 0.5 } },
    });
    const { code, stderr } = await merge(
      '--run',
      'r.journal.jsonl',
      ...MODELS,
      '--output',
      'o.safetensors',
      '--iteration',
      '9',
    );
    expect([code, stderr]).toEqual([2, 'autombw: The run r.journal.jsonl has no iteration 9; it has 3.\n']);
  });

  it('a dry run says everything and writes nothing', async () => {
    writeModels();
    const before = files();
    const { code, stdout } = await merge(
      '--weights',
      list(0.3),
      '--order',
      'search',
      ...MODELS,
      '--output',
      'o.safetensors',
      '--dry-run',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Stable Diffusion 1\.x, weighted-sum, weights from the list, in search order\n/);
    expect(stdout).toMatch(
      /29 tensors: 27 merged in 27 blocks, 2 from model A\nWould write o\.safetensors: 11\.6 MB \(dry run\)/,
    );
    expect(files()).toEqual(before);
  });

  it.each([
    [['--weights', list(0.3)], /needs an --order: search/],
    [['--weights', '0.1,0.2', '--order', 'search'], /must have 27 numbers; got 2\./],
    [['--weights', `${list(0).slice(1)}x`, '--order', 'search'], /not a number/],
    [[], /Give the weights once: .*\(0 were given\)/],
    [['--weights', list(0), '--run', 'x'], /\(2 were given\)/],
    [['--weights', list(0), '--order', 'search', '--iteration', '3'], /--iteration 3 needs the --run/],
    [['--recipe', 'a.safetensors'], /a\.safetensors does not contain a recipe/],
    [['--recipe', 'none.txt'], /none\.txt cannot be read \(ENOENT/],
    [['--run', 'none'], /There is no run "none"/],
    [['--weights', list(0), '--order', 'search', '--model-a', 'x.ckpt'], /x\.ckpt cannot be read/],
    [
      ['--weights', list(0), '--order', 'search', '--output', 'b.safetensors'],
      /is also the input b\.safetensors/,
    ],
  ])('%s is one sentence and exit 2', async (args, message) => {
    writeModels();
    const before = files();
    const { code, stdout, stderr } = await merge(...MODELS, '--output', 'o.safetensors', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^autombw: [^\n]+\n$/);
    expect(files()).toEqual(before);
  });
});

describe('a merge that is stopped', () => {
  const temporaryAppears = async (): Promise<void> => {
    const watcher = watch(cwd);
    while (!files().some((name) => name.endsWith('.autombw-tmp'))) await once(watcher, 'change');
    watcher.close();
  };
  const args = ['merge', '--weights', list(0.3), '--order', 'search', ...MODELS, '--output', 'o.safetensors'];

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s: no file, exit %i', async (signal, expected) => {
    writeHugeModels();
    const running = startCli(args, { cwd });
    await temporaryAppears();
    running.child.kill(signal);
    const { code, stderr } = await running.end;
    expect(code).toBe(expected);
    expect(stderr).toContain('Stopping; no file was written.');
    expect(files()).toEqual(['a.safetensors', 'b.safetensors']);
  });

  it('by kill -9: nothing under the name, and the next merge removes what is left', async () => {
    writeHugeModels();
    const running = startCli(args, { cwd });
    await temporaryAppears();
    running.child.kill('SIGKILL');
    await running.end;
    const [, , left = ''] = files();
    expect(left).toMatch(/^o\.safetensors\.[0-9a-f]{8}-\d+-[0-9a-f]{6}\.autombw-tmp$/);
    writeModels();
    const { code, stderr } = await runCli(args, { cwd });
    expect([code, stderr]).toEqual([0, `Removed ${left}, left by a merge that was killed.\n`]);
    expect(files()).toEqual(['a.safetensors', 'b.safetensors', 'o.safetensors']);
  });
});
