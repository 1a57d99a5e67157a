import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { PATIENCE } from '../setup/settings.ts';

const MODULE = path.resolve(import.meta.dirname, '../../dist/shared/files/make-folder.js');

// Windows does not let a working folder be removed.
describe.skipIf(process.platform === 'win32')('a folder below a working folder that was removed', () => {
  it.each(['makeFolder', 'makeFolderLater'])(
    'is made, or refused, and never looked for for ever: %s',
    (name) => {
      const cwd = fs.realpathSync(temporaryFolder('cwd'));
      const code = `process.cwd(); fs.rmSync(${JSON.stringify(cwd)}, { recursive: true }); await m.${name}('a/b');`;
      const script = `import fs from 'node:fs'; const m = await import(${JSON.stringify(MODULE)}); ${code}`;
      const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
        cwd,
        timeout: 60_000 * PATIENCE,
      });
      expect(signal).toBeNull();
      expect(fs.existsSync(path.join(cwd, 'a/b'))).toBe(true);
      fs.rmSync(cwd, { recursive: true });
    },
  );
});
