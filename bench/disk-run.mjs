// Searches and what goes on with them, as processes, for benches that take the disk away from them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const BIN = path.resolve(import.meta.dirname, '../bin/autombw.js');
const SEARCH =
  'search --payload hills.json --model-a modelA --model-b modelB --output O --optimizer random --no-early-stop --no-prove --no-baselines --save-images all'.split(
    ' ',
  );

/** The payload of the searches. @returns the folder */
export function fillFolder(folder) {
  mkdirSync(folder, { recursive: true });
  const payload = { prompt: 'hills', seed: 7, steps: 4, width: 64, height: 64, n_iter: 2 };
  writeFileSync(path.join(folder, 'hills.json'), JSON.stringify(payload));
  return folder;
}

export function searchArgs(iterations) {
  return [...SEARCH, '--iterations', String(iterations)];
}

/**
 * @param env further variables; `words`: for Node, before the program; `onSaid` is called with all that was said so far
 * @returns the exit code, and all that was said
 */
export async function autombw(folder, simulator, args, { env = {}, words = [], onSaid } = {}) {
  const common = ['--webui', simulator.url, '--no-check', '--save-best', 'none'];
  const child = spawn(process.execPath, [...words, BIN, ...args, ...common], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', AUTOMBW_CACHE: path.join(folder, 'cache'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stderr, child.stdout])
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
      onSaid?.(said);
    });
  const [code] = await once(child, 'close');
  return { code, said };
}

/** How many iterations were announced. */
export function announcedIn(said) {
  return said.match(/^\d+\/\d+ {2}.*\n/gm)?.length ?? 0;
}

/** @returns what is wrong with how a command ended, a sentence each, whatever became of the disk */
export function badEnding({ code, said }) {
  const faults = [];
  if (/should not have happened|^ {4}at /m.test(said)) faults.push('it calls it a mistake of its own');
  if (![0, 1, 2].includes(code)) faults.push('it ended in an unknown way');
  if (code !== 0 && !/[.]$/m.test(said.trim())) faults.push('it says no sentence');
  return faults;
}

/** @returns what is wrong with the journal of a run that announced so many iterations, a sentence each */
export function badJournal(journal, announced) {
  if (journal === undefined)
    return announced === 0 ? [] : ['iterations were announced and there is no journal'];
  const lines = readFileSync(journal, 'utf8').split('\n');
  // Only the end of the last line may be missing.
  const faults = lines
    .slice(0, -1)
    .filter((line) => !isJson(line))
    .map((line) => `a line of the journal is broken: ${line.slice(0, 60)}`);
  const scored = lines.filter((line) => line.startsWith('{"kind":"scored"') && isJson(line)).length;
  if (scored < announced) faults.push(`${announced} iterations were announced, ${scored} are recorded`);
  return faults;
}

/** @param said by the last command: what it names is no secret. @returns what a finished run has left behind and should not have, a sentence each */
export function leftBehind(folder, said = '') {
  const files = filesIn(folder).filter((file) => !said.includes(file));
  const left = files.filter((file) => /\.(tmp|partial|autombw-tmp|lock|old)$/.test(file));
  const empty = files.filter(
    (file) => file.startsWith('recipes') && readFileSync(path.join(folder, file)).length === 0,
  );
  return [
    ...(left.length > 0 ? [`left: ${left.join(', ')}`] : []),
    ...(empty.length > 0 ? [`empty: ${empty.join(', ')}`] : []),
  ];
}

export function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

/** The names of the kept images. */
export function imagesIn(folder) {
  return filesIn(folder)
    .filter((file) => /\.images\/\d+-/.test(file.replaceAll('\\', '/')))
    .map((file) => path.basename(file));
}

/** The journal to go on with; undefined while none has its plan. */
export function journalOf(folder) {
  const journals = filesIn(folder)
    .filter((file) => file.endsWith('.journal.jsonl'))
    .map((file) => path.join(folder, file))
    .filter((file) => readFileSync(file, 'utf8').includes('\n'));
  if (journals.length > 1) throw new Error(`several journals in ${folder}`);
  return journals[0];
}

/** The CSV without its times; undefined where there is none. */
export function timelessCsv(folder) {
  const file = journalOf(folder)?.replace(/\.journal\.jsonl$/, '.csv');
  if (file === undefined) return undefined;
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(',').slice(0, 28).join(','))
    .join('\n');
}

function isJson(line) {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
