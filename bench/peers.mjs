// The Python that peers run in: $PYTHON, or python3 where it has what they need, or a virtual environment of the benches' own.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.join(import.meta.dirname, '../node_modules/.cache/bench-peers');
const OWN = path.join(FOLDER, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

/** @param packages pinned, as pip takes them; @returns the command, or undefined with a note when there is none */
export function pythonWith(modules, packages, mayInstall) {
  const candidates = process.env.PYTHON === undefined ? [OWN, 'python3'] : [process.env.PYTHON];
  const found = candidates.find((python) => canImport(python, modules));
  if (found !== undefined) return found;
  if (mayInstall && process.env.PYTHON === undefined) {
    console.error(`Installing ${packages.join(', ')} into ${FOLDER} …`);
    if (!existsSync(OWN)) run('python3', ['-m', 'venv', FOLDER]);
    run(OWN, ['-m', 'pip', 'install', '--quiet', ...packages]);
    if (canImport(OWN, modules)) return OWN;
  }
  console.log(
    `no peer: no Python here imports ${modules.join(', ')}; --install-peers installs them, PYTHON=… names one that has them`,
  );
  return undefined;
}

function canImport(python, modules) {
  return spawnSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' }).status === 0;
}

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
}
