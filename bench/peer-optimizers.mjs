/** Optimizers of other projects, asked and told over stdin and stdout of bench/peers.py: the scores are computed here. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pythonWith } from './peers.mjs';

/** What each peer imports. */
const MODULES = {
  botorch: ['botorch'],
  'optuna-tpe': ['optuna'],
  'optuna-gp': ['optuna', 'scipy', 'torch', 'greenlet'],
  'optuna-cma': ['optuna', 'cmaes'],
  cmaes: ['cmaes'],
  uniform: ['random'],
};
const PACKAGES = {
  botorch: 'botorch==0.18.1',
  torch: 'torch==2.13.0',
  optuna: 'optuna==5.0.0',
  cmaes: 'cmaes==0.13.1',
  scipy: 'scipy',
  greenlet: 'greenlet',
};

export const PEERS = Object.keys(MODULES);
/** `uniform` only checks the bench. */
export const ALL_PEERS = PEERS.filter((name) => name !== 'uniform');

/**
 * Starts the Python that the peers run in; close it at the end.
 *
 * @returns undefined, with a printed note, when no Python has what they import
 */
export function openPeers(names, mayInstall) {
  const unknown = names.find((name) => !PEERS.includes(name));
  if (unknown !== undefined) throw new Error(`there is no peer "${unknown}", only ${PEERS.join(', ')}`);
  const modules = [...new Set(names.flatMap((name) => MODULES[name]))];
  const packages = modules.flatMap((name) => PACKAGES[name] ?? []);
  const python = pythonWith(modules, packages, mayInstall);
  return python === undefined ? undefined : startPeers(python);
}

/** @param python the command that runs it */
export function startPeers(python) {
  const script = path.join(import.meta.dirname, 'peers.py');
  const child = spawn(python, ['-u', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  // A write to a program that has ended is told by the reply that does not come.
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const request = async (message) => {
    child.stdin.write(`${JSON.stringify(message)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('the peer ended without a reply; its message is above');
    return JSON.parse(value);
  };
  /** Begins a search of a peer; there is one at a time. */
  const start = async (name, dimensions, seed) => {
    const { versions } = await request({ start: name, dimensions, seed });
    return {
      versions,
      ask: async () => (await request({ command: 'ask' })).values,
      tell: async (score) => {
        await request({ command: 'tell', score });
      },
    };
  };
  const close = async () => {
    child.stdin.end();
    await ended;
  };
  return { start, close };
}
