import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { createCommandScorer } from '../../../src/score/command/command-scorer.ts';
import { commandScorer } from '../../../src/score/command/index.ts';
import { httpScorer } from '../../../src/score/http/index.ts';
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
  expect(names.toSorted()).toEqual(['hpsv2', 'imagereward', 'pickscore', 'vlm-judge']);
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
