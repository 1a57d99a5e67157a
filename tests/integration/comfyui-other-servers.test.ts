/** Searches of transformers by nodes of ComfyUI where server or files are not what the run takes them for. */
import { expect, it } from 'vitest';
import { architectureRow } from '../../src/architectures/registry.ts';
import { describeProof, effectiveWeights, proveMerge } from '../../src/renderers/index.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import type { Architecture } from '../../src/space/blocks.ts';
import { ladder, open, rendererOn, start } from '../helpers/comfyui-transformers.ts';
import { ITERATIONS, ofKind, resumeOn, searchOn, startFaulty } from '../helpers/simulated-search.ts';
import { look, pixelHash, requestOf } from '../helpers/small-image.ts';

const { signal } = new AbortController();

it('files with fewer blocks than the family usually has are noticed where nobody has read them', async () => {
  const { simulator } = await start('flux1:double_blocks=4');
  const proofOf = async (architecture: Architecture, areFilesUnread = true): Promise<string[]> => {
    const renderer = rendererOn(simulator, { architecture });
    await renderer.open(signal);
    const request = requestOf('proof/0', [1]);
    const asked = { renderer, request, hash: pixelHash, architecture, areFilesUnread };
    return describeProof(await proveMerge({ ...asked, signal }));
  };
  expect(await proofOf('flux1')).toEqual([
    expect.stringMatching(/^double_blocks\.18 has no effect .* may have fewer blocks .* autombw inspect/),
  ]);
  expect(await proofOf('flux1', false)).toEqual([]);
  expect(await proofOf('flux1:double_blocks=4')).toEqual([]);
});

it('a server that comes back with other nodes is no longer that of the run', async () => {
  const architecture = 'z-image';
  const { blocks, path } = architectureRow(architecture);
  const inputs = blocks.map((block) => `${block}${path.includes(block) ? '.' : ''}`);
  const { simulator, renderer } = await start(architecture, { mergeNodes: { Pack_Merge: inputs } });
  await renderer.open(signal);
  const half = effectiveWeights(
    ladder(architecture, renderer, 0.2, 0.8),
    renderer.capabilities,
    architecture,
  );
  const before = await look(renderer, half);
  const { port } = new URL(simulator.url);
  const startAgain = async (mergeNodes: Record<string, string[]>): Promise<void> => {
    await open.pop()?.close();
    const options = { family: 'comfyui', architecture, port: Number(port), mergeNodes } as const;
    open.push(await startSimulator(options));
  };
  // The first input is for the rest as well there.
  await startAgain({ Pack_Merge: inputs.filter((input) => path.includes(input.replace(/\.$/, ''))) });
  await expect(renderer.rearm(signal)).rejects.toMatchObject({
    code: 'webui-extension-gone',
    retry: 'rearm',
  });
  await expect(look(renderer, half)).rejects.toMatchObject({ code: 'webui-extension-gone' });
  await startAgain({ Pack_Merge: inputs });
  await renderer.rearm(signal);
  expect(await look(renderer, half)).toBe(before);
});

it.each(['flux1:double_blocks=2,single_blocks=3', 'anima:blocks=3', 'sd3:joint_blocks=3'])(
  'a search of %s lives through a restart of the server, keeps the best, and is resumed in the same way',
  async (architecture) => {
    const simulator = await startFaulty({ simulator: { family: 'comfyui', architecture } });
    open.push(simulator);
    let trials = 0;
    const restarting = {
      name: 'restarting',
      onTrial: () => {
        if (++trials === 3) simulator.restart();
      },
    };
    const setting = {
      renderer: { architecture, backend: 'comfyui' },
      config: { architecture, backend: 'comfyui', saveBest: 'webui', curve: ['2'] },
    };
    const { summary, records } = await searchOn([simulator], { ...setting, observers: [restarting] });
    expect(summary).toMatchObject({ failed: 0, savedBy: 'webui', reason: { code: 'iterations' } });
    expect(ofKind(records, 'plan')[0]?.plan).toMatchObject({
      server: { family: 'comfyui', mergeWay: 'comfyui' },
      space: { architecture },
    });
    expect(ofKind(records, 'scored')).toHaveLength(ITERATIONS);
    const more = { ...setting, config: { iterations: ITERATIONS + 2, saveBest: 'none' } };
    const resumed = await resumeOn([simulator], summary.files['journal'] ?? '', more);
    expect(ofKind(resumed.records, 'scored')).toHaveLength(ITERATIONS + 2);
  },
);
