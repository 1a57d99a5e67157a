/** Whole searches between the two real, tiny models, by the demo's judge and by the sharpness of `quality`: apart, and as one score. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const PROMPTS = ['a big red circle on navy', 'a small yellow star on plum', 'a striped teal heart on sand'];

/** @param load a module of the built tool @returns nothing: prints a line a search */
export async function searchTiny(load, { iterations, seeds }) {
  const { parseSearchConfig } = await load('config/load.js');
  const { defaultEnvironment } = await load('run/environment.js');
  const { runSearch } = await load('run/run.js');
  const { startSimulator } = await load('simulator/index.js');
  const { TINY_WORLD } = await load('simulator/worlds/tiny/place.js');
  const { readJournal, trialsOf } = await load('journal/read.js');
  const { GoalScores } = await load('goals/goals.js');
  const { hypervolume, nondominated, referencePoint, endsOf } = await load('optimizers/index.js');

  const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-goals-'));
  const simulator = await startSimulator({ world: 'tiny', port: 0 });
  try {
    const payload = PROMPTS.map((prompt, i) => {
      const file = path.join(folder, `p${i}.json`);
      const size = { width: 256, height: 256, steps: 6, cfg_scale: 7, sampler_name: 'Euler' };
      writeFileSync(file, JSON.stringify({ prompt, seed: 2001 + 10 * i, ...size }));
      return file;
    });
    for (const seed of seeds) {
      const found = [];
      let plan;
      for (const goals of [['onnx,quality'], undefined]) {
        const own = path.join(folder, `${seed}-${goals === undefined ? 'one' : 'apart'}`);
        mkdirSync(own);
        const config = parseSearchConfig({
          payload,
          modelA: 'crisp',
          modelB: 'vivid',
          output: 'O',
          webui: simulator.url,
          scorer: ['onnx', 'quality'],
          scorerOptions: { onnx: { manifest: path.join(TINY_WORLD, 'judge', 'manifest.json') } },
          imagesPerTrial: 'all',
          iterations,
          seed,
          earlyStop: false,
          saveBest: 'none',
          saveImages: 'none',
          prove: 0,
          folder: own,
          ...(goals !== undefined && { goals }),
        });
        const { files } = await runSearch(config, defaultEnvironment());
        const { records } = await readJournal(files.journal);
        const { finished } = trialsOf(records);
        plan ??= records[0].plan;
        // The raw values of both scorers are there in either journal.
        const values = new GoalScores({ ...records[0].plan, goals: plan.goals }).comparable(finished);
        found.push({
          name: goals === undefined ? 'one score' : 'goals',
          points: finished
            .filter(({ baseline }) => baseline === undefined)
            .flatMap(({ id }) => [values.get(id) ?? []]),
          baselines: finished.flatMap(({ id, baseline }) =>
            baseline === undefined ? [] : [[baseline, values.get(id)]],
          ),
        });
      }
      // By one measure for both: from the worst to the best that either has found.
      const all = found.flatMap(({ points }) => points);
      const reference = referencePoint(all);
      const [, ideal] = endsOf(all);
      const box = ideal.reduce((product, best, k) => product * (best - reference[k]), 1);
      const text = (values) => values.map((value) => value.toFixed(3)).join(' / ');
      console.log(
        `\nseed ${seed}, ${iterations} iterations; judge / quality: ${found[0].baselines.map(([name, values]) => `${name} ${text(values)}`).join(', ')}`,
      );
      for (const { name, points } of found) {
        const front = nondominated(points)
          .map((i) => points[i])
          .toSorted((a, b) => b[0] - a[0]);
        console.log(
          `  ${name.padEnd(9)}  covers ${(hypervolume(front, reference) / box).toFixed(3)}  front of ${front.length}: ${front.map(text).join(', ')}`,
        );
      }
    }
  } finally {
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
