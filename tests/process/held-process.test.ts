/** A process that is held for a while, as by Ctrl-Z or a computer that sleeps: its clocks and its patience. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';

const dist = (file: string): string => new URL(`../../dist/shared/${file}`, import.meta.url).href;

const SCRIPT = `
  import { awakeTime } from '${dist('awake-time.js')}';
  import { followAbort } from '${dist('abort/follow-abort.js')}';
  const before = { awake: awakeTime(), all: performance.now() };
  const patience = followAbort(undefined, 6500);
  // What keeps the process alive, and looks as soon as it can after the sleep.
  const hold = setInterval(() => {
    const all = performance.now() - before.all;
    if (all < 7000) return;
    clearInterval(hold);
    const asleep = all - (awakeTime() - before.awake);
    console.log(JSON.stringify({ asleep, isLate: patience.isLate }));
    patience.release();
  }, 50);
  console.log('ready');
`;

// Windows has no signals between processes.
it.skipIf(process.platform === 'win32')(
  'does not count that as time, and loses no patience by it',
  async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], { stdio: 'pipe' });
    const lines: string[] = [];
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(...text.trim().split('\n')));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const closed = once(child, 'close');
    await once(child.stdout, 'data');
    child.kill('SIGSTOP');
    await delay(7500);
    child.kill('SIGCONT');
    await closed;
    expect(errors).toBe('');
    const { asleep, isLate } = JSON.parse(lines.at(-1) ?? '') as { asleep: number; isLate: boolean };
    expect(asleep).toBeGreaterThan(5000);
    expect(isLate).toBe(false);
  },
);
