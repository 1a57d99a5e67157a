// npm run bench -- NAME [arguments]: runs bench/NAME.mjs; without a name, lists them.
import { spawn } from 'node:child_process';
import path from 'node:path';

const BENCHES = {
  optimizers:
    'true gain of each optimizer on worlds and landscapes, beside BoTorch, Optuna and cmaes (--peers), or on test functions',
  images: 'true gain after so many images: fixed numbers of images a trial beside --images-per-trial auto',
  importance:
    'whether explain finds the blocks that decide the score, and what it says of the next 20 iterations',
  raters:
    'true gain after so many answers of a simulated person: ratings from 0 to 10 beside --scorer-options manual.ask=pairs',
  worlds: 'the worlds that optimizers are measured on: how well they fit real merges, and their own time',
  curve:
    'true gain of searching shared weights of neighbours or knots of a curve, beside every block by itself',
  'ask-time': 'own time of the default optimizer for one proposal, beside BoTorch',
  merge: 'merging whole checkpoints, beside PyTorch and a plain copy',
  scorers: 'milliseconds of the quality scorer an image',
  overhead: 'idle time of the WebUI between two images, whole time and memory of a search of 270 iterations',
  backends: 'requests and milliseconds that each backend costs an iteration',
  proof:
    'are the claims of a proof true? false claims, coverage and power on made-up scores; searches and proofs on the worlds',
  faults:
    'everything that goes wrong between autombw and its servers, as scripted scenarios: promise, outcome, images in vain',
  fleet:
    'images a minute of several WebUIs beside those of one: up to 16, with a slow one, of two kinds, and with other numbers of open iterations',
  kill: 'kill -9 at random moments over every way of merging, resume, and compare with an undisturbed run',
  'queue-kills':
    'kill -9 of workers, coordinator and Redis at random moments of searches over a queue; needs redis-server',
  disk: 'disks that are full, read-only, broken or gone, and one that refuses at every call that a search makes: promise and outcome',
  'long-journal':
    'time and memory of every command on a run of 20 000 iterations, and of plots of 150 000 rows',
  soak: 'memory, handles and time of 20 000 iterations with one fault in twenty',
  'live-page':
    'how long a run of 5 000 iterations takes to open in a browser, beside merely parsing its journal',
  startup: 'autombw --help against node -e 0',
  demo: 'whole demos over ten seeds: seconds, whether the proof shows that the merge is better, and by how much',
  'tiny-world':
    'iterations and images that a search between real checkpoints needs, with every score as data',
  'searched-methods':
    'searches of merge methods and of three models beside the weighted sum, at equal images, over real checkpoints',
  'tiny-flux':
    'searches of a curve over a real transformer beside the exhaustive search of it, and of every block by itself',
  goals:
    'hypervolume that searches with two and three goals find, beside the same search by one score, and random points',
  fuzz: 'every parser of files against random and mutated input',
};

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !Object.hasOwn(BENCHES, name)) {
  if (name !== undefined) console.error(`There is no bench "${name}".`);
  for (const [known, what] of Object.entries(BENCHES)) console.log(`${known.padEnd(12)} ${what}`);
  process.exitCode = name === undefined ? 0 : 2;
} else {
  const script = path.join(import.meta.dirname, `${name}.mjs`);
  const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' });
  child.on('close', (code) => {
    process.exitCode = code ?? 1;
  });
}
