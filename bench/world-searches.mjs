/**
 * Writes the points that optimizers ask for on the worlds, to be scored on the real merges (tools/tiny-world/worlds.py asked FILE):
 * a network may be wrong where a search goes, and only there it matters.
 *
 *   node bench/world-searches.mjs FILE [--dist DIR]
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { loadWorlds, meanScore } from './worlds.mjs';

const { values: args, positionals } = parseArgs({
  allowPositionals: true,
  options: { dist: { type: 'string', default: path.resolve(import.meta.dirname, '../dist') } },
});
const [file] = positionals;
if (file === undefined) throw new Error('name the file to write');
const { createOptimizer } = await import(
  pathToFileURL(path.resolve(args.dist, 'optimizers/registry.js')).href
);

/** Optimizer, seed, pictures a trial, trials. */
const SEARCHES = {
  unseen: [
    ['bayesian', 11, 12, 60],
    ['bayesian', 12, 3, 60],
    ['cma-es', 13, 12, 50],
    ['tree-structured-parzen', 14, 12, 40],
    ['hill-climbing', 15, 12, 40],
  ],
  fit: [
    ['bayesian', 21, 12, 60],
    ['bayesian', 22, 3, 60],
  ],
};

const asked = {};
for (const world of loadWorlds()) {
  asked[world.name] = Object.fromEntries(
    Object.entries(SEARCHES).map(([kind, searches]) => [
      kind,
      searches.flatMap((one) => search(world, ...one)),
    ]),
  );
}
writeFileSync(file, `${JSON.stringify(asked)}\n`);

function search(world, name, seed, pictures, trials) {
  const dimensions = Array.from({ length: world.size }, (_, i) => ({
    name: `x${i}`,
    low: 0,
    high: 1,
    intervals: 10,
  }));
  const optimizer = createOptimizer(name, { space: { dimensions }, seed });
  return Array.from({ length: trials }, () => {
    const { id, values } = optimizer.ask();
    optimizer.tell(id, meanScore(world, values, pictures));
    return [...values];
  });
}
