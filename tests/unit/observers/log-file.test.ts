import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../../src/observers/log.ts';
import { installDiskFaults } from '../../helpers/disk-faults.mjs';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

let file = '';
beforeEach(() => {
  file = path.join(temporaryFolder('log'), 'deep', 'run.log');
});

const end = { reason: { code: 'iterations', message: 'done' }, best: undefined, weights: undefined };

function messages(): unknown[] {
  return fs
    .readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: unknown }).msg);
}

describe.skipIf(process.platform === 'win32')('the log', () => {
  it('that is removed or moved is written again, whole', async () => {
    const told: string[] = [];
    const log = createLog({ file, level: 'info', onTrouble: (message) => told.push(message) });
    log.onNotice?.({ level: 'info', message: 'one' });
    fs.rmSync(path.dirname(file), { recursive: true });
    log.onNotice?.({ level: 'warn', message: 'two' });
    fs.renameSync(file, `${file}.1`);
    log.onDefect?.(new TypeError('planted'));
    await log.onEnd?.(end);
    expect(messages()).toEqual(['one', 'two', 'defect: planted', 'run ends']);
    expect(fs.readFileSync(file, 'utf8')).toMatch(/"stack":"TypeError: planted\\n/);
    expect(told).toEqual(
      Array.from({ length: 2 }, () => expect.stringContaining('it was written again') as string),
    );
    // After its end it says nothing more, and fails at nothing.
    log.onNotice?.({ level: 'info', message: 'late' });
    expect(messages()).toHaveLength(4);
  });

  it('leaves a file alone that somebody has put in its place, and goes on behind it', () => {
    const told: string[] = [];
    const log = createLog({ file, level: 'info', onTrouble: (message) => told.push(message) });
    log.onNotice?.({ level: 'info', message: 'one' });
    fs.writeFileSync(`${file}.new`, '{"msg":"theirs"}\n');
    fs.renameSync(`${file}.new`, file);
    log.onNotice?.({ level: 'info', message: 'two' });
    expect(messages()).toEqual(['theirs', 'two']);
    expect(told).toEqual([expect.stringContaining('was replaced by another file')]);
  });

  it('that a full disk refuses is told twice and has every line in the end', () => {
    const told: string[] = [];
    // The folder, the file, the first line; then two lines are refused.
    const faults = installDiskFaults({ under: path.dirname(file), code: 'ENOSPC', at: 4, times: 2 });
    try {
      const log = createLog({ file, level: 'info', onTrouble: (message) => told.push(message) });
      for (const message of ['one', 'two', 'three', 'four']) log.onNotice?.({ level: 'info', message });
    } finally {
      faults.uninstall();
    }
    expect(messages()).toEqual(['one', 'two', 'three', 'four']);
    expect(told).toEqual([
      expect.stringMatching(/cannot be written \(ENOSPC.*\); the run continues/),
      expect.stringMatching(/was rewritten completely\.$/),
    ]);
  });
});
