import { appendFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeScorerContract } from '../../../contracts/scorer.contract.ts';
import { OnnxEngine } from '../../../../src/score/onnx/engine.ts';
import type { Pixels } from '../../../../src/types.ts';
import { photograph } from '../images.ts';
import { FIXTURES } from './reference.ts';
import { brokenToy, itemOf, MODELS, scorerOf, toyScorer, valueOf } from './scorers.ts';

const { signal } = new AbortController();
const runtime = (name: string): string => new URL(`${name}-runtime.mjs`, FIXTURES).href;
const same = (text: string): string => text;
let cat: Pixels;

beforeAll(async () => {
  cat = await photograph('chelsea');
});

describeScorerContract('toy-reward', () => toyScorer('toy-reward'));

describe('one graph for several scorers', () => {
  it('is computed once a picture, and ends with the last of them', async () => {
    const engine = new OnnxEngine();
    const heads = ['toy-chain', 'toy-linear', 'toy-chain-pth'].map((name) => toyScorer(name, engine));
    const fit = toyScorer('toy-clipscore', engine);
    const graph = await engine.acquire(path.join(MODELS, 'clip/vision.onnx'), signal);
    for (const scorer of [...heads, fit]) await scorer.open?.(signal);

    const values = [];
    for (const scorer of heads) values.push(valueOf((await scorer.score([itemOf(cat)], signal))[0]));
    expect(new Set(values).size).toBe(2);
    await fit.score([itemOf(cat, 'a cat'), itemOf(cat, 'a dog'), itemOf(cat, 'a cat')], signal);
    expect(graph.passes).toBe(1);
    // Another profile is another picture to the graph.
    const other = toyScorer('toy-waifu', engine);
    await other.open?.(signal);
    await other.score([itemOf(cat)], signal);
    await other.close?.();
    expect(graph.passes).toBe(2);
    await fit.score([itemOf(await photograph('coffee'), 'a cat')], signal);
    expect(graph.passes).toBe(3);

    const pid = graph.pid ?? 0;
    await graph.release();
    await graph.release();
    for (const scorer of heads) await scorer.close?.();
    expect(isAlive(pid)).toBe(true);
    await fit.close?.();
    expect(isAlive(pid)).toBe(false);
  });

  it('opens again after it was closed', async () => {
    const scorer = toyScorer('toy-linear');
    await scorer.open?.(signal);
    const [first] = await scorer.score([itemOf(cat)], signal);
    await scorer.close?.();
    await scorer.close?.();
    await expect(scorer.score([itemOf(cat)], signal)).rejects.toThrow(/not open/);
    await scorer.open?.(signal);
    expect(await scorer.score([itemOf(cat)], signal)).toEqual([first]);
    await scorer.close?.();
  });
});

describe('the process of a graph', () => {
  it('is started again when it was killed', async () => {
    const engine = new OnnxEngine();
    const scorer = toyScorer('toy-linear', engine);
    await scorer.open?.(signal);
    const graph = await engine.acquire(path.join(MODELS, 'clip/vision.onnx'), signal);
    const before = graph.pid ?? 0;
    process.kill(before, 'SIGKILL');
    const value = valueOf((await scorer.score([itemOf(cat)], signal))[0]);
    expect(Number.isFinite(value)).toBe(true);
    expect(graph.pid).not.toBe(before);
    await graph.release();
    await scorer.close?.();
  });

  it('may die once over a picture', async () => {
    const toy = brokenToy('toy-linear', same);
    writeFileSync(path.join(toy.folder, 'clip/vision.onnx.once'), '');
    const scorer = scorerOf(toy, new OnnxEngine(runtime('crashing')));
    await scorer.open?.(signal);
    expect(await scorer.score([itemOf(cat)], signal)).toEqual([expect.objectContaining({ state: 'scored' })]);
    expect(existsSync(path.join(toy.folder, 'clip/vision.onnx.again'))).toBe(true);
    await scorer.close?.();
    rmSync(toy.folder, { recursive: true });
  });

  it('gives up when it dies twice over the same picture', async () => {
    const scorer = toyScorer('toy-linear', new OnnxEngine(runtime('crashing')));
    await scorer.open?.(signal);
    await expect(scorer.score([itemOf(cat)], signal)).rejects.toMatchObject({
      code: 'onnx-process-lost',
      kind: 'run',
      message: expect.stringMatching(/ended twice \(SIGKILL: the graph ate all memory\)/),
    });
    await scorer.close?.();
  });

  it('stops waiting when the run is interrupted', async () => {
    const scorer = toyScorer('toy-linear');
    await scorer.open?.(signal);
    const interrupt = new AbortController();
    const waiting = scorer.score([itemOf(cat)], interrupt.signal);
    interrupt.abort(new Error('Ctrl-C'));
    await expect(waiting).rejects.toThrow('Ctrl-C');
    expect(await scorer.score([itemOf(cat)], signal)).toHaveLength(1);
    await scorer.close?.();
  });
});

describe('what is wrong before the first picture', () => {
  it('a missing package, with the command that installs it', async () => {
    const scorer = toyScorer('toy-linear', new OnnxEngine('onnxruntime-not-there'));
    await expect(scorer.open?.(signal)).rejects.toMatchObject({
      code: 'onnx-runtime-missing',
      kind: 'usage',
      message: expect.stringContaining('npm install onnxruntime-not-there@1.30 --ignore-scripts'),
    });
    await scorer.close?.();
  });

  it('a package that does not start', async () => {
    const scorer = toyScorer('toy-linear', new OnnxEngine(runtime('broken')));
    await expect(scorer.open?.(signal)).rejects.toMatchObject({
      code: 'onnx-runtime-broken',
      message: expect.stringContaining('libonnxruntime.so.1'),
    });
  });

  it('a missing file, where it belongs and where it comes from', async () => {
    const toy = brokenToy('toy-linear', same);
    rmSync(path.join(toy.folder, 'clip/linear.safetensors'));
    const scorer = scorerOf(toy);
    await expect(scorer.open?.(signal)).rejects.toMatchObject({
      code: 'onnx-file-missing',
      kind: 'usage',
      message: expect.stringMatching(
        /needs .*linear\.safetensors, which is missing\. .*tools\/scorer-fixtures/,
      ),
    });
    expect(() => scorer.version).toThrow(/linear\.safetensors/);
    rmSync(toy.folder, { recursive: true });
  });

  it('another file than the manifest means', async () => {
    const toy = brokenToy('toy-linear', same);
    appendFileSync(path.join(toy.folder, 'clip/vision.onnx'), ' ');
    await expect(scorerOf(toy).open?.(signal)).rejects.toMatchObject({
      code: 'onnx-file-hash',
      message: expect.stringMatching(
        /vision\.onnx is not the file .* SHA-256 is [0-9a-f]{12}…, not [0-9a-f]{12}…/,
      ),
    });
    rmSync(toy.folder, { recursive: true });
  });

  it.each([
    [
      'an input',
      '"input": "pixel_values"',
      '"input": "pixels"',
      /inputs are "pixel_values", but the manifest gives "pixels"/,
    ],
    [
      'an output',
      '"output": "image_embeds"',
      '"output": "pooled"',
      /outputs are "image_embeds", but the manifest reads "pooled"/,
    ],
  ])('%s that the graph does not have', async (_, from, to, message) => {
    const toy = brokenToy('toy-linear', (text) => text.replace(from, to));
    await expect(scorerOf(toy).open?.(signal)).rejects.toMatchObject({
      code: 'onnx-graph-ends',
      message: expect.stringMatching(message),
    });
    rmSync(toy.folder, { recursive: true });
  });

  it('a text that the graph does not take', async () => {
    const toy = brokenToy('toy-reward', (text) => text.replace('"ids": "input_ids"', '"ids": "tokens"'));
    await expect(scorerOf(toy).open?.(signal)).rejects.toThrow(
      /inputs are "pixel_values", "input_ids", "attention_mask", but the manifest gives "pixel_values", "tokens", "attention_mask"/,
    );
    rmSync(toy.folder, { recursive: true });
  });

  it('a head for another embedding', async () => {
    const toy = brokenToy('toy-linear', (text) =>
      withoutHashes(text).replaceAll('linear.safetensors', 'wide.safetensors'),
    );
    writeFileSync(path.join(toy.folder, 'clip/wide.safetensors'), linearHead(768));
    await expect(scorerOf(toy).open?.(signal)).rejects.toThrow(
      /"image_embeds" has 24 numbers, but the head takes 768/,
    );
    rmSync(toy.folder, { recursive: true });
  });

  it('weights that give other numbers than they should', async () => {
    const probes = '"probes": {"constant": 1.5, "alternating": 3.7}, "normalise"';
    const toy = brokenToy('toy-linear', (text) => text.replace('"normalise"', probes));
    await expect(scorerOf(toy).open?.(signal)).rejects.toThrow(/for the constant vector, not 1\.5/);
    rmSync(toy.folder, { recursive: true });
  });

  it.each([
    ['cut off', (file: string) => truncateSync(file, 1000)],
    ['empty', (file: string) => truncateSync(file, 0)],
    ['a web page', (file: string) => writeFileSync(file, '<!doctype html><title>404</title>')],
  ])('a graph that is %s', async (_, ruin) => {
    const toy = brokenToy('toy-linear', withoutHashes);
    ruin(path.join(toy.folder, 'clip/vision.onnx'));
    const scorer = scorerOf(toy);
    await expect(scorer.open?.(signal)).rejects.toMatchObject({
      code: 'onnx-graph',
      message: expect.stringMatching(/vision\.onnx cannot be loaded as an ONNX graph \(.+\)/),
    });
    await scorer.close?.();
    rmSync(toy.folder, { recursive: true });
  });
});

describe('prompts', () => {
  it('may be empty, of syntax only, or far beyond 77 tokens', async () => {
    for (const name of ['toy-clipscore', 'toy-reward']) {
      const scorer = toyScorer(name);
      await scorer.open?.(signal);
      const prompts = ['', '<lora:x:1>, (:1.2)', 'a cat, '.repeat(400), `${'a cat, '.repeat(400)}and a dog`];
      const values = (
        await scorer.score(
          prompts.map((prompt) => itemOf(cat, prompt)),
          signal,
        )
      ).map(valueOf);
      expect(values.every(Number.isFinite)).toBe(true);
      // What is beyond the last token is not read.
      expect(values[3]).toBe(values[2]);
      expect(values[0]).not.toBe(values[2]);
      await scorer.close?.();
    }
  });

  it('with too few known tags are not applicable', async () => {
    const scorer = toyScorer('toy-tags');
    await scorer.open?.(signal);
    const results = await scorer.score([itemOf(cat, 'cat, masterpiece, unicorn')], signal);
    expect(results).toEqual([
      { state: 'invalid', reason: 'its prompt has 1 tag known to the tagger, fewer than 3' },
    ]);
    await scorer.close?.();
  });
});

describe('version', () => {
  it('tells every file and setting, and no words', () => {
    const toy = brokenToy('toy-linear', withoutHashes);
    const version = scorerOf(toy).version;
    expect(version).toMatch(/^toy-linear\/1-[0-9a-f]{12}$/);
    rewrite(toy.manifest, (text) => text.replace('A toy.', 'A plaything.'));
    expect(scorerOf(toy).version).toBe(version);
    rewrite(toy.manifest, (text) => text.replace('clip224', 'clip224hf'));
    const other = scorerOf(toy).version;
    expect(other).not.toBe(version);
    writeFileSync(path.join(toy.folder, 'clip/linear.safetensors'), linearHead(24));
    expect(scorerOf(toy).version).not.toBe(other);
    rmSync(toy.folder, { recursive: true });
  });
});

function rewrite(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

function withoutHashes(text: string): string {
  return text.replaceAll(/,\s*"sha256": "[0-9a-f]+"/g, '');
}

/** A safetensors file of one linear layer, all zeros. */
function linearHead(width: number): Buffer {
  const header = Buffer.from(
    JSON.stringify({
      weight: { dtype: 'F32', shape: [1, width], data_offsets: [0, 4 * width] },
      bias: { dtype: 'F32', shape: [1], data_offsets: [4 * width, 4 * width + 4] },
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(4 * width + 4)]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
