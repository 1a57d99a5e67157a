/** Rating in a real terminal, by a search that is really killed. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { useSimulators } from '../helpers/cli-simulators.ts';
import { BASICS, makeWorkFolder } from '../helpers/work-folder.ts';

const simulate = useSimulators(0);
const BIN = path.resolve(import.meta.dirname, '../../bin/autombw.js');
/** The tool that gives a program a terminal, where there is one. */
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

const terminals: ChildProcess[] = [];
afterEach(() => {
  for (const one of terminals.splice(0)) one.kill('SIGKILL');
});

interface Terminal {
  readonly child: ChildProcess;
  readonly screen: () => string;
  readonly type: (line: string) => void;
}

/** The number of the process is in the file `pid`. */
function openTerminal(args: readonly string[], cwd: string): Terminal {
  const command = `echo $$ > pid; exec ${[process.execPath, BIN, ...args].join(' ')}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    stdio: ['pipe', 'pipe', 'ignore'],
    // A process that is killed leaves the pictures that it was showing.
    env: { ...process.env, SHELL: '/bin/sh', NO_COLOR: '1', TMPDIR: cwd },
  });
  terminals.push(child);
  let screen = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  return { child, screen: () => screen, type: (line) => void child.stdin?.write(`${line}\n`) };
}

const questions = (screen: string): number => screen.match(/Rating, 0 to 10/g)?.length ?? 0;

it.runIf(hasScript)(
  'a rating that was given is not asked for again after kill -9, although others wait',
  async () => {
    const folder = makeWorkFolder();
    const { port } = await simulate();
    const payload = { prompt: 'hills', seed: 7, steps: 4, width: 64, height: 64, n_iter: 4 };
    folder.write('hills.json', payload);
    const search = [
      'search',
      ...BASICS,
      '--iterations',
      '1',
      '--no-check',
      '--scorer',
      'manual',
      '--port',
      port,
    ];
    const first = openTerminal(search, folder.path);
    await expect.poll(() => questions(first.screen())).toBe(1);
    first.type('7');
    await expect.poll(() => questions(first.screen())).toBe(2);
    first.type('8');
    await expect.poll(() => questions(first.screen())).toBe(3);
    const end = once(first.child, 'close');
    process.kill(Number(folder.read('pid')), 'SIGKILL');
    await end;
    const second = openTerminal(['resume', 'O', '--port', port], folder.path);
    await expect.poll(() => questions(second.screen())).toBe(1);
    second.type('2');
    await expect.poll(() => questions(second.screen())).toBe(2);
    const code = once(second.child, 'close');
    second.type('3');
    expect(await code).toEqual([0, null]);
    const [scored] = folder.journal().filter((record) => record.kind === 'scored');
    expect(scored?.images.map(({ raw }) => raw['manual'])).toEqual([7, 8, 2, 3]);
  },
);
