/** The built `autombw inspect`. */
import { beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../helpers/run-cli.ts';
import {
  checkpointBytes,
  sd1Tensors,
  temporaryFolder,
  UNET,
  writeTo,
} from '../../unit/checkpoints/make-checkpoint.ts';

let cwd = '';
beforeEach(() => {
  cwd = temporaryFolder();
});

describe('autombw inspect', () => {
  it('prints what a merged file is', async () => {
    for (const name of ['a', 'b'])
      writeTo(cwd, `${name}.safetensors`, checkpointBytes(sd1Tensors(1, 100_001)));
    const weights = Array.from({ length: 27 }, () => 0.3).join(',');
    const models = ['--model-a', 'a.safetensors', '--model-b', 'b.safetensors', '--output', 'o.safetensors'];
    await runCli(['merge', '--weights', weights, '--order', 'search', ...models], { cwd });
    const { code, stdout } = await runCli(['inspect', 'o.safetensors'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^o\.safetensors\nStable Diffusion 1\.x\n29 tensors, 2\.9 M parameters, 11\.6 MB\nAutoV1 [0-9a-f]{8} {2}AutoV2 [0-9a-f]{10}\n/,
    );
    expect(stdout).toMatch(/Merged by autombw: weighted-sum\n {2}A {4}a\.safetensors {2}[0-9a-f]{10}\n/);
    const json = await runCli(['inspect', 'o.safetensors', '--json'], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({
      architecture: 'sd1',
      recipe: { method: 'weighted-sum' },
    });
  });

  it('says in one sentence what is wrong with a file', async () => {
    writeTo(cwd, 'x.ckpt', Buffer.from('504b0304000000000000', 'hex'));
    const { code, stderr } = await runCli(['inspect', 'x.ckpt'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^autombw: x\.ckpt is a pickle/);
  });

  it('keeps control characters of a file out of the terminal', async () => {
    const bytes = checkpointBytes(
      { [`${UNET}out.2.bias`]: { data: new Float32Array(1) } },
      { note: 'a\u001B[31mb' },
    );
    writeTo(cwd, 'x.safetensors', bytes);
    const { stdout } = await runCli(['inspect', 'x.safetensors'], { cwd });
    expect(stdout).toContain('note: a [31mb');
  });
});
