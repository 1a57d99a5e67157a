/** What has a name and is no file to read: devices without an end, pipes without a writer, folders, files of absurd size. */
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runCli, runCliWell, startSimulatorProcess } from '../helpers/run-cli.ts';
import { BASICS, makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';

let folder: WorkFolder;

beforeEach(() => {
  folder = makeWorkFolder();
  if (process.platform === 'win32') return;
  execFileSync('mkfifo', ['pipe.png', 'pipe.safetensors', 'pipe.json', 'pipe.csv'], { cwd: folder.path });
  mkdirSync(path.join(folder.path, 'folder.png'));
  mkdirSync(path.join(folder.path, 'csv', 'history', 'A - B'), { recursive: true });
  execFileSync('mkfifo', ['csv/history/A - B/O-0-2026-01-01-00-00-00.journal.jsonl'], { cwd: folder.path });
  const handle = openSync(path.join(folder.path, 'huge.png'), 'w');
  ftruncateSync(handle, 2 ** 40);
  closeSync(handle);
});

const CASES: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  [
    'a device in place of an image',
    ['score', '/dev/zero'],
    1,
    /\/dev\/zero: it is a device, not a regular file/,
  ],
  ['a pipe in place of an image', ['score', 'pipe.png'], 1, /pipe\.png: it is a pipe, not a regular file/],
  [
    'an image of a terabyte',
    ['score', 'huge.png'],
    1,
    /huge\.png: it has 1099512 MB; the limit for such files is 300 MB/,
  ],
  [
    'a device in place of a checkpoint',
    ['inspect', '/dev/zero'],
    2,
    /\/dev\/zero cannot be read \(it is a device/,
  ],
  ['a pipe in place of a checkpoint', ['inspect', 'pipe.safetensors'], 2, /cannot be read \(it is a pipe/],
  [
    'a device in place of a calibration',
    ['score', 'huge.png', '--calibration', '/dev/zero', '--score-map', 'quality=z-score'],
    2,
    /calibration \/dev\/zero cannot be read \(it is a device/,
  ],
  [
    'a pipe in place of a manifest',
    ['score', 'huge.png', '--scorer', 'onnx', '--scorer-options', 'onnx.manifest=pipe.json'],
    2,
    /manifest .*pipe\.json.* it cannot be read as JSON \(it is a pipe/,
  ],
  ['a pipe in place of a landscape', ['simulate-search', '--landscape', 'pipe.json'], 2, /it is a pipe/],
  ['a pipe in place of a journal in the history', ['history'], 0, /unreadable.*it is a pipe|it is a pipe/s],
];

const MORE: typeof CASES = [
  ...(['--presets', '--workflow', '--calibration', '--learn', '--warm-start'] as const).map(
    (flag) =>
      [
        `a pipe for ${flag} of a dry run`,
        ['search', ...BASICS, flag, 'pipe.csv', '--dry-run'],
        2,
        /it is a pipe/,
      ] as const,
  ),
  ['a pipe in place of a table', ['plot', 'pipe.csv'], 2, /pipe\.csv.*it is a pipe/],
  ['a device in place of a log', ['recover', '--log', '/dev/zero'], 2, /\/dev\/zero.*it is a device/],
  [
    'a pipe in place of a model and its LoRA',
    ['bake', '--model', 'pipe.safetensors', '--lora', 'pipe.safetensors', '--output', 'o.safetensors'],
    2,
    /cannot be read \(it is a pipe/,
  ],
];

describe.skipIf(process.platform === 'win32')('not read is', () => {
  it.each([...CASES, ...MORE])('%s', async (_, args, code, message) => {
    const end = await runCli(args, { cwd: folder.path });
    expect(`${end.stdout}${end.stderr}`).toMatch(message);
    expect(end.stderr).not.toMatch(/should not have happened/);
    expect(end.code).toBe(code);
  });

  it('a pipe in place of a kept image', async () => {
    const simulator = await startSimulatorProcess(['--models', 'modelA,modelB']);
    try {
      const search = ['search', ...BASICS, '--iterations', '2', '--save-images', 'all'];
      await runCliWell([...search, '--port', simulator.port], { cwd: folder.path });
    } finally {
      await simulator.stop();
    }
    const image = folder.files().find((file) => /images\/1-.*\.png$/.test(file)) ?? '';
    rmSync(path.join(folder.path, image));
    execFileSync('mkfifo', [image], { cwd: folder.path });
    const journal = folder.files().find((file) => /\/O-0-.*\.journal\.jsonl$/.test(file)) ?? '';
    const end = await runCli(['rescore', journal], { cwd: folder.path });
    expect(end.stdout).toMatch(/^Iteration 1 cannot be scored: .*\.png cannot be read \(it is a pipe/m);
    expect(end.code).toBe(1);
  });
});
