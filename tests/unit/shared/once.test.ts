/** Mechanisms that exist once, in shared/: each row is a sign of one, and where alone it may stand. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const src = path.resolve(import.meta.dirname, '../../../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file: file.replaceAll('\\', '/'), text: readFileSync(path.join(src, file), 'utf8') }));

/** A sign stands in a file when all its patterns do; comments do not count. Places outside shared/ may go. */
const SIGNS: readonly (readonly [what: string, patterns: readonly RegExp[], places: readonly string[]])[] = [
  ['a signal out of several, which leaks on one that lives long', [/AbortSignal\.any\(/], []],
  [
    'listening for an abort: onAbort, followAbort',
    [/addEventListener\(\s*'abort'/],
    ['shared/abort/on-abort.ts'],
  ],
  ['a signal that much may listen to', [/new AbortController\(/], ['shared/abort/create-controller.ts']],
  ['a signal that nobody can abort', [/createController\(\)\.signal/], ['shared/abort/never-aborted.ts']],
  ['whether colours are wanted', [/NO_COLOR/], ['shared/terminal/abilities.ts']],
  ['wiping what stands on a terminal', [/\\u001B\[[\dJK]*[JK]/], ['shared/terminal/terminal-line.ts']],
  [
    'a pause that an abort ends',
    [/\.catch\(\(\) => signal\.throwIfAborted\(\)\)|setTimeout as .*'node:timers\/promises'/],
    // The front door must not keep its process alive; a rename is tried again whoever aborts.
    ['shared/abort/pause.ts', 'shared/files/replace-file.ts', 'simulator/front-door.ts'],
  ],
  [
    'renaming, with the attempts that Windows needs',
    [/\brename(?:Sync|Promise)\b/],
    ['shared/files/replace-file.ts'],
  ],
  ['a temporary name', [/\.tmp`/], ['shared/files/replace-file.ts']],
  [
    'reading at a place of a file',
    [/\breadSync\(/],
    [
      'cli/commands/runs/queued-run.ts',
      'journal/append.ts',
      'journal/kept-lines.ts',
      'observers/log-file.ts',
      'shared/files/read-bytes.ts',
      'shared/hashes/sha256.ts',
    ],
  ],
  ['writing at a place of a file', [/\bwriteSync\b/], ['shared/files/write-bytes.ts']],
  ['does a process run', [/process\.kill\([^,]+, 0\)/], ['shared/process/process-identity.ts']],
  [
    'what is done when the process ends',
    [/process\.(?:on|once)\('exit'/],
    ['cli/lost-terminal.ts', 'shared/process/at-exit.ts'],
  ],
  [
    'the hash of a file',
    [/createHash\(/, /\b(?:readSync|readFileSync|createReadStream|readRegularFile\w*)\(|\bhandle\.read\(/],
    // Of a journal only the first line.
    ['cli/commands/runs/queued-run.ts', 'shared/hashes/sha256.ts'],
  ],
  [
    'connections over HTTP',
    [/new (?:\w+\.)?Agent\(/],
    ['renderers/comfyui/queue/socket.ts', 'shared/http/transport.ts'],
  ],
  ['the length of a safetensors header', [/getBigUint64\(/], ['shared/safetensors/read.ts']],
  ['small floats by their layout', [/mantissaBits/], ['shared/safetensors/small-floats.ts']],
  ['a process of our own', [/\bfork\(/], ['shared/onnx-runtime/start-child.ts']],
  ['loading the ONNX runtime', [/import\(name\)/], ['shared/onnx-runtime/load.ts']],
  ['the flag of a setting', [/replaceAll\(\/\[A-Z\]\/g, \(letter\) => `-/], ['shared/option-flag.ts']],
  [
    'rounding halves to even',
    [/% 1\) === 0\.5|!== 0\.5\) return Math\.round/],
    ['shared/round-half-even.ts'],
  ],
  ['the size of a file in words', [/toFixed\(\d\)\} [MG]B/], ['shared/byte-size.ts']],
  ['a score in words', [/toExponential\(3\)/], ['shared/score-text.ts']],
  ['the code of a system error', [/'code' in error/], ['shared/system-error.ts']],
];

it.each(SIGNS)('%s stands in one place', (_, patterns, places) => {
  const found = files
    .filter(({ text }) => patterns.every((pattern) => pattern.test(withoutComments(text))))
    .map(({ file }) => file);
  expect(found.filter((file) => !places.includes(file))).toEqual([]);
  const home = places.filter((file) => file.startsWith('shared/'));
  expect(found).toEqual(expect.arrayContaining(home));
});

it('the ground imports nothing that stands on it', () => {
  const imports = files
    .filter(({ file }) => file.startsWith('shared/'))
    .flatMap(({ file, text }) =>
      [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target = '']) =>
        path.posix.normalize(path.posix.join(path.posix.dirname(file), target)),
      ),
    );
  expect(imports.length).toBeGreaterThan(0);
  expect(imports.filter((target) => !target.startsWith('shared/'))).toEqual([]);
});

it('every file of the ground says at its head what it is for', () => {
  const silent = files.filter(({ file, text }) => file.startsWith('shared/') && !text.startsWith('/**'));
  expect(silent.map(({ file }) => file)).toEqual([]);
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*\*?[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}
