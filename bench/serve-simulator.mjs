// Simulated WebUIs in a process of their own, for the benches: forked with their options as JSON, or with a list of options, it
// sends the address, or the addresses; with one it answers `stats` with what it has counted. It ends with its parent.
import { startSimulator } from '../dist/simulator/index.js';

const given = JSON.parse(process.argv[2] ?? '{}');
const simulators = await Promise.all([given].flat().map((options) => startSimulator(options)));
process.on('message', (message) => {
  if (message === 'stats') process.send(simulators[0].stats());
});
process.on('disconnect', () => process.exit());
process.send(Array.isArray(given) ? { urls: simulators.map(({ url }) => url) } : { url: simulators[0].url });
