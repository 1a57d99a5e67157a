// A simulated WebUI in a process of its own, for the benches: forked with its options as JSON, it sends its address,
// answers `stats` with what it has counted, and ends with its parent.
import { startSimulator } from '../dist/simulator/index.js';

const simulator = await startSimulator(JSON.parse(process.argv[2] ?? '{}'));
process.on('message', (message) => {
  if (message === 'stats') process.send(simulator.stats());
});
process.on('disconnect', () => process.exit());
process.send({ url: simulator.url });
