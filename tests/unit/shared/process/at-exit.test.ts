import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { atExit } from '../../../../src/shared/process/at-exit.ts';

const BUILT = pathToFileURL(path.resolve(import.meta.dirname, '../../../../dist/shared/process/at-exit.js'));

it('leaves no listener on the process once nothing is left to do', () => {
  const before = process.listenerCount('exit');
  const takeBack = Array.from({ length: 20 }, () => atExit(() => undefined));
  expect(process.listenerCount('exit')).toBe(before + 1);
  for (const forget of takeBack) forget();
  for (const forget of takeBack) forget();
  expect(process.listenerCount('exit')).toBe(before);
});

it('runs all that is left, in order, whatever one of them throws', () => {
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { atExit } from '${BUILT.href}';
       const say = (word) => () => process.stdout.write(word + ' ');
       atExit(say('first'));
       atExit(() => { throw new Error('no'); });
       const forget = atExit(say('forgotten'));
       atExit(say('last'));
       forget();
       process.exit(3);`,
    ],
    { encoding: 'utf8' },
  );
  expect([stdout, status]).toEqual(['first last ', 3]);
});
