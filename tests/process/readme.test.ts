import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator/index.ts';
import { temporaryFolder } from '../helpers/run-search.ts';

const root = path.resolve(import.meta.dirname, '../..');
const readme = ['README.md', 'docs/commands.md', 'docs/searching.md', 'docs/scorers.md']
  .map((file) => readFileSync(path.join(root, file), 'utf8'))
  .join('\n');
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text);
const run = promisify(execFile);

/** Commands that serve until they are stopped, take their time, or are tested elsewhere. */
const SKIPPED = /^autombw (simulate|watch|demo|merge|bake|inspect|models|init|pick|prove)|--merge /;

describe('examples of the README', () => {
  let simulator: Simulator;
  let folder = '';
  beforeAll(async () => {
    simulator = await startSimulator({ models: ['modelA', 'modelB', 'A', 'B'] });
    folder = temporaryFolder();
    cpSync(path.join(root, 'payloads'), path.join(folder, 'payloads'), { recursive: true });
    const payload = JSON.stringify({ prompt: 'hills', seed: 1, width: 128, height: 128 });
    for (const file of ['a.json', 'b.json', 'portraits.json', 'close-ups.json'])
      writeFileSync(path.join(folder, file), payload);
    const pass = { payload: ['close-ups.json'], block: { IN00: 'off' }, iterations: 2 };
    writeFileSync(path.join(folder, 'faces.json'), JSON.stringify(pass));
    const config = { payload: ['a.json'], modelA: 'A', modelB: 'B', output: 'merged' };
    for (const file of ['search.json', 'first.config.json'])
      writeFileSync(path.join(folder, file), JSON.stringify(config));
    const astolfomix = path.join(root, 'tests/fixtures/astolfomix');
    cpSync(path.join(astolfomix, 'recipes/10b-AstolfoMix-_17a_18a.recipe.txt'), path.join(folder, 'run.log'));
    cpSync(path.join(root, 'tests/fixtures/plot/history.csv'), path.join(folder, 'history.csv'));
  });
  afterAll(() => simulator.close());

  const commands = blocks('sh')
    .join('')
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, ''))
    .filter((line) => line.startsWith('autombw ') && !SKIPPED.test(line));

  it('has some', () => {
    expect(commands.length).toBeGreaterThan(8);
  });

  // In the README's order: `resume O` needs the search before it.
  it.each(commands)('%s', async (command) => {
    const [words = ''] = command.split(' > ');
    const argv = words
      .replace(/--port \d+/, '')
      .split(' ')
      .slice(1)
      .filter((word) => word !== '')
      .map((word) => word.replaceAll('"', ''));
    const [name = ''] = argv;
    const server = ['search', 'resume', 'calibrate', 'doctor', 'backends'].includes(name)
      ? ['--port', String(simulator.port)]
      : [];
    const short =
      name === 'search' || name === 'resume'
        ? ['--iterations', name === 'search' ? '2' : '3', '--prove', '2']
        : [];
    // One that serves for ever must not hold up all tests.
    const options = { cwd: folder, env: { ...process.env, NO_COLOR: '1' }, timeout: 300_000 };
    const { stdout } = await run(
      process.execPath,
      [path.join(root, 'bin/autombw.js'), ...argv, ...server, ...short],
      options,
    );
    expect(stdout).toMatch(/\w/);
  });

  it.each([
    ['a search algorithm', /values: \[ 0\.[234]/],
    ['a whole search', /^best of 4: 0\.\d+ at iteration \d .*\.journal\.jsonl$/m],
  ])('the library example: %s', async (name, printed) => {
    mkdirSync(path.join(folder, 'node_modules'), { recursive: true });
    const link = path.join(folder, 'node_modules/autombw');
    if (!existsSync(link)) symlinkSync(root, link, 'junction');
    const library = readFileSync(path.join(root, 'docs/library.md'), 'utf8');
    const section = library.split('\n## ').find((text) => text.toLowerCase().startsWith(name)) ?? '';
    const [, example = ''] = /```js\n(.*?)```/s.exec(section) ?? [];
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', example], { cwd: folder });
    expect(stdout).toMatch(printed);
  });
});
