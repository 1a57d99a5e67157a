import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCommandScorer } from '../../../src/score/command/command-scorer.ts';
import { commandScorer } from '../../../src/score/command/index.ts';
import { createHttpScorer } from '../../../src/score/http/http-scorer.ts';
import { httpScorer } from '../../../src/score/http/index.ts';
import { startReplayServer, type Answer, type ReplayServer } from '../../helpers/replay-server.ts';
import { makeItem } from '../../helpers/score-items.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const examples = path.join(root, 'examples/scorers');
const names = readdirSync(examples, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== '__pycache__')
  .map(({ name }) => name);
const python = ['python3', 'python'].find(
  (name) => spawnSync(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0,
);
const { signal } = new AbortController();

it('there are examples', () => {
  expect(names.toSorted()).toEqual(['hpsv2', 'imagereward', 'pickscore', 'reward-model', 'vlm-judge']);
});

describe.skipIf(python === undefined)('examples/scorers (needs Python 3.9 or newer)', () => {
  it.each(names)('%s passes its self-test without its packages', (name) => {
    const scorer = path.join(examples, name, 'scorer.py');
    // -S and -I leave out whatever is installed.
    const said = execFileSync(python ?? '', ['-I', '-S', '-B', scorer, '--self-test'], { encoding: 'utf8' });
    expect(said).toMatch(/: self-test passed\n$/);
  });

  it('says in one sentence what is not installed', async () => {
    const run = `${python} -I -S -B '${path.join(examples, 'pickscore/scorer.py')}' --device cpu`;
    const scorer = createCommandScorer(commandScorer.options.parse({ run }));
    await expect(scorer.open?.(signal)).rejects.toThrow(
      /^Scorer "command" is not ready: .* cannot start: ModuleNotFoundError: No module named 'torch'; run it in a terminal/,
    );
    await scorer.close?.();
  });

  describe.each(['path', 'base64'])('autombw_scorer.py over the scorer command, with %s', (image) => {
    const run = `${python} -B '${path.join(examples, 'autombw_scorer.py')}'`;
    const scorer = createCommandScorer(commandScorer.options.parse({ run, image, batch: 2 }));
    afterAll(async () => scorer.close?.());

    it('scores, refuses, fails and goes on', async () => {
      const item = await makeItem(3, { prompt: 'Köln 日本 🦊' });
      const scored = {
        state: 'scored',
        value: crc32(item.bytes) / 2 ** 32,
        parts: { bytes: item.bytes.length },
      };
      expect(await scorer.score([item, item, item], signal)).toEqual([scored, scored, scored]);
      expect(await scorer.score([{ ...item, prompt: 'unscorable' }], signal)).toEqual([
        { state: 'invalid', reason: 'there is nothing in it' },
      ]);
      for (const [prompt, message] of [
        ['fail', 'with seed 3: RuntimeError: asked to fail.'],
        ['nan', 'with seed 3: the model gave nan.'],
      ] as const) {
        await expect(scorer.score([{ ...item, prompt }], signal)).rejects.toThrow(message);
      }
      expect(await scorer.score([item], signal)).toEqual([scored]);
    });
  });
});

describe.skipIf(python === undefined)('examples/scorers/reward-model', () => {
  const program = path.join(examples, 'reward-model/scorer.py');
  /** What vLLM answers, as far as it is read; `top` are the likeliest first words. */
  let top: readonly { readonly token: string; readonly share: number }[] = [];
  let model: ReplayServer;
  let bridge: ChildProcess | undefined;
  const reply = (): Answer => ({
    status: 200,
    body: {
      choices: [
        {
          message: { content: top[0]?.token },
          logprobs: {
            content: [{ top_logprobs: top.map(({ token, share }) => ({ token, logprob: Math.log(share) })) }],
          },
        },
      ],
    },
  });

  beforeAll(async () => {
    model = await startReplayServer({
      'POST /v1/chat/completions': reply,
      'GET /v1/models': { status: 200, body: {} },
    });
  });
  afterAll(async () => {
    bridge?.kill();
    await model.close();
  });

  const sure = [
    { token: '7', share: 0.99 },
    { token: 'I', share: 0.01 },
  ];
  const unsure = [
    { token: '9', share: 0.5 },
    { token: ' 5', share: 0.5 },
  ];
  // From 0 to 9 stretched to 0 to 10; the deviation of the second is 2 digits, of which half is taken off.
  const scores = [(7 * 10) / 9, ((7 - 0.5 * 2) * 10) / 9];

  it('takes its doubt off, as a server for the scorer http', async () => {
    bridge = spawn(
      python ?? '',
      ['-u', '-B', program, '--url', `${model.url}/v1`, '--model', 'm', '--serve', '0'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const url = await new Promise<string>((resolve) => {
      bridge?.stdout?.once('data', (line: Buffer) => resolve(line.toString('utf8').trim()));
    });
    const scorer = createHttpScorer(httpScorer.options.parse({ url: `${url}/score`, min: 0, max: 10 }));
    const item = await makeItem(3, { prompt: '(a cat:1.2), 日本' });
    const values: number[] = [];
    for (const words of [sure, unsure]) {
      top = words;
      for (const result of await scorer.score([item], signal))
        values.push(result.state === 'scored' ? result.value : Number.NaN);
    }
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(scores[i] ?? NaN, 9);
    const [asked] = model.seen.filter(({ path: to }) => to === '/v1/chat/completions');
    expect(asked?.body).toMatchObject({ model: 'm', temperature: 0, max_tokens: 1, logprobs: true });
    const sent = JSON.stringify(asked?.body);
    expect(sent).toContain('a cat, 日本');
    expect(sent).toContain(`data:image/png;base64,${Buffer.from(item.bytes).toString('base64')}`);
    top = [{ token: 'Well', share: 1 }];
    await expect(scorer.score([item], signal)).rejects.toThrow(/status 422, .*does not answer with a digit/);
    await scorer.close?.();
  });

  it('and as a program for the scorer command, with mean and deviation beside', async () => {
    const run = `${python} -B '${program}' --url ${model.url}/v1 --penalty 1`;
    const scorer = createCommandScorer(commandScorer.options.parse({ run, min: 0, max: 10 }));
    top = unsure;
    const [result] = await scorer.score([await makeItem(3)], signal);
    await scorer.close?.();
    expect(result).toMatchObject({ state: 'scored', parts: { sigma: expect.closeTo(20 / 9, 9) } });
    expect(result).toMatchObject({
      value: expect.closeTo(50 / 9, 9),
      parts: { mean: expect.closeTo(70 / 9, 9) },
    });
  });
});

describe('docs/scorers-protocol.md', () => {
  const text = readFileSync(path.join(root, 'docs/scorers-protocol.md'), 'utf8');

  it('has settings for a vision model that are accepted', () => {
    const [, example = ''] = /```json\n(.*?)```/s.exec(text) ?? [];
    const value: unknown = JSON.parse(example);
    expect(httpScorer.options.safeParse(value).error).toBeUndefined();
  });

  it('names every setting of both scorers', () => {
    const settings = Object.keys(commandScorer.options.parse({ run: 'x' })).concat(
      Object.keys(httpScorer.options.parse({ url: 'http://x' })),
      ['body', 'score', 'pattern', 'authEnv', 'min', 'max'],
    );
    expect(settings.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
