/** `autombw models`, as it is typed. */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../helpers/run-cli.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { MODELS } from '../../unit/score/onnx/scorers.ts';

describe('autombw models', () => {
  let folder: string;
  const cli = (...args: string[]) =>
    runCli(['models', ...args], { cwd: folder, env: { AUTOMBW_MODELS: path.join(folder, 'models') } });

  beforeAll(() => {
    folder = temporaryFolder('models');
    mkdirSync(path.join(folder, 'models/heads'), { recursive: true });
    mkdirSync(path.join(folder, 'models/anime-aesthetic'), { recursive: true });
    cpSync(path.join(MODELS, 'clip/chain.pth'), path.join(folder, 'models/heads/chadscorer.pth'));
    cpSync(path.join(MODELS, 'sky/model.onnx'), path.join(folder, 'models/anime-aesthetic/model.onnx'));
  });

  it('path prints the folder', async () => {
    expect(await cli('path')).toMatchObject({
      code: 0,
      stdout: `${path.join(folder, 'models')}\n`,
      stderr: '',
    });
  });

  it('check says of every file where it belongs and whether it is right', async () => {
    const { code, stdout } = await cli('check', 'chad', 'skytnt');
    expect(code).toBe(1);
    expect(stdout).toContain('onnxruntime-node is installed.');
    expect(stdout).toMatch(
      /chad: not ready\n  From Xenova.*\n  Licence: Apache-2\.0\n  missing .*vision_model\.onnx/,
    );
    expect(stdout).toMatch(/wrong +.*chadscorer\.pth \(SHA-256 [0-9a-f]{12}…, not ba265592f419…\)/);
    expect(stdout).toMatch(
      /skytnt: ready\n  found +.*model\.onnx \(SHA-256 [0-9a-f]{12}…; nothing to compare it with\)/,
    );
  });

  it('check of all fails only over files that are wrong', async () => {
    const { code, stdout } = await cli('check', '--json');
    expect(code).toBe(1);
    const report: unknown = JSON.parse(stdout);
    expect(report).toMatchObject({
      folder: path.join(folder, 'models'),
      runtime: true,
      scorers: { length: 19 },
    });
    rmSync(path.join(folder, 'models/heads/chadscorer.pth'));
    expect((await cli('check')).code).toBe(0);
  });
});
