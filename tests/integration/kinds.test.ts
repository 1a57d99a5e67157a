/** Searches of kinds of layers: merged files are the only way, on every server. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { blocksOf } from '../../src/architectures/registry.ts';
import { mergeCheckpoints } from '../../src/checkpoints/merge.ts';
import { openCheckpoint } from '../../src/checkpoints/checkpoint-file.ts';
import { readHistoryCsv } from '../../src/formats/history-csv.ts';
import { createRenderer, examineServer } from '../../src/renderers/index.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import { searchTiny, temporaryFolder } from '../helpers/run-search.ts';
import { makeWorkFolder } from '../helpers/work-folder.ts';
import { tensorBytes } from '../unit/checkpoints/make-checkpoint.ts';

const ARCHITECTURE = 'sdxl/kinds';
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe.each(['a1111', 'forge', 'comfyui'] as const)('a search by kind of layer on %s', (family) => {
  it('writes merged files, and says in CSV and checkpoint which kinds they are of', async () => {
    const models = makeWorkFolder().path;
    const folder = temporaryFolder();
    folders.push(folder);
    const simulator = await startSimulator({ family, architecture: 'sdxl', modelsDir: models });
    const server = { url: simulator.url, architecture: ARCHITECTURE, modelsDir: models };
    try {
      const { mergeWays } = await examineServer(server, new AbortController().signal);
      const ready = mergeWays.filter(({ missing }) => missing === undefined);
      expect(ready.map(({ name }) => name)).toEqual(['checkpoint']);
      const renderer = createRenderer({ ...server, modelA: 'modelA', modelB: 'modelB', pollSeconds: 0.02 });
      const { summary, csv } = await searchTiny({
        folder,
        renderers: [renderer],
        config: {
          architecture: ARCHITECTURE,
          modelA: 'modelA',
          modelB: 'modelB',
          check: true,
          iterations: 3,
        },
      });
      const best = summary.recommended?.weights ?? {};
      expect(Object.keys(best)).toEqual(blocksOf(ARCHITECTURE));
      const rows = await readHistoryCsv(csv);
      expect(rows.map(({ weights }) => Object.keys(weights).length)).toEqual([17, 17, 17]);
      expect(rows.map(({ weights }) => weights)).toContainEqual(best);
      const again = path.join(folder, 'again.safetensors');
      const [modelA = '', modelB = ''] = ['modelA', 'modelB'].map((name) =>
        path.join(models, `${name}.safetensors`),
      );
      await mergeCheckpoints({ modelA, modelB, output: again, weights: best, hashes: false }, { workers: 0 });
      const [saved, merged] = [openCheckpoint(summary.checkpoint ?? ''), openCheckpoint(again)];
      for (const { name } of merged.tensors) {
        expect(tensorBytes(saved, name).equals(tensorBytes(merged, name))).toBe(true);
      }
    } finally {
      await simulator.close();
    }
  });
});
