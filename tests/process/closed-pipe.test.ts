import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, it } from 'vitest';

const bin = path.resolve(import.meta.dirname, '../../bin/autombw.js');

it('a reader that goes away is no failure', async () => {
  // Far more than a pipe holds, so that the writing cannot be over before the reader leaves.
  const search = ['simulate-search', '--optimizer', 'random', '--iterations', '2000', '--json'];
  const child = spawn(process.execPath, [bin, ...search], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdout.destroy();
  const [code]: unknown[] = await once(child, 'close');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
