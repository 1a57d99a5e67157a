import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const BUILT = pathToFileURL(path.resolve(import.meta.dirname, '../../../../dist/shared/process/at-exit.js'));

it('leaves no listener on the process once nothing is left to do', () => {
  // Of a process of its own: tests that share one may have left something to do.
  const { stdout } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { atExit } from '${BUILT.href}';
       const counts = [process.listenerCount('exit')];
       const takeBack = Array.from({ length: 20 }, () => atExit(() => undefined));
       counts.push(process.listenerCount('exit'));
       for (const forget of takeBack) forget();
       for (const forget of takeBack) forget();
       counts.push(process.listenerCount('exit'));
       console.log(counts.join());`,
    ],
    { encoding: 'utf8' },
  );
  const [before, during, after] = stdout.trim().split(',').map(Number);
  expect([during, after]).toEqual([(before ?? 0) + 1, before]);
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
