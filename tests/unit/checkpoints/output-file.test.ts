import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkOutput,
  createOutput,
  findLeftovers,
  removeLeftovers,
  reopenOutput,
} from '../../../src/checkpoints/output-file.ts';
import { temporaryFolder } from './make-checkpoint.ts';

const machine = createHash('sha256').update(os.hostname()).digest('hex').slice(0, 8);
const deadPid = spawnSync(process.execPath, ['-e', '']).pid;
const leftover = (host: string, pid: number): string => `o.safetensors.${host}-${pid}-0a1b2c.autombw-tmp`;

describe('an output', () => {
  it('has its name only when it is committed', () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'o.safetensors');
    const output = createOutput(file, false);
    writeSync(output.handle, 'whole');
    expect(readdirSync(folder)).toEqual([path.basename(output.temporary)]);
    output.commit();
    output.discard();
    expect([readdirSync(folder), readFileSync(file, 'utf8')]).toEqual([['o.safetensors'], 'whole']);
  });

  it('leaves nothing when it is discarded', () => {
    const folder = temporaryFolder();
    const output = createOutput(path.join(folder, 'o.safetensors'), false);
    output.discard();
    output.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not replace a file that came meanwhile, unless forced', () => {
    const file = path.join(temporaryFolder(), 'o.safetensors');
    const [polite, rude] = [createOutput(file, false), createOutput(file, true)];
    writeFileSync(file, 'other');
    expect(() => polite.commit()).toThrow(/exists; choose another name/);
    polite.discard();
    expect(readFileSync(file, 'utf8')).toBe('other');
    rude.commit();
    expect(statSync(file).size).toBe(0);
  });

  it('is refused where the disk has no room for it', () => {
    const file = path.join(temporaryFolder(), 'o.safetensors');
    expect(() => checkOutput({ path: file, inputs: [], force: false, bytes: 1e18 })).toThrow(
      /has .* GB free, but the output needs 1000000000\.00 GB/,
    );
  });

  it('that is to be changed must be there', () => {
    const folder = temporaryFolder();
    expect(() => reopenOutput(path.join(folder, 'none'), path.join(folder, 'o.safetensors'))).toThrow(
      /none \(ENOENT/,
    );
  });
});

describe('files of killed runs', () => {
  it('are removed; those of living runs, other machines and other programs stay', () => {
    const folder = temporaryFolder();
    const files = {
      dead: leftover(machine, deadPid),
      reborn: leftover(machine, process.pid),
      living: leftover(machine, process.ppid),
      foreign: leftover('00000000', deadPid),
      old: leftover('00000001', deadPid),
      other: 'o.safetensors.autombw-tmp',
    };
    for (const name of Object.values(files)) writeFileSync(path.join(folder, name), 'x');
    utimesSync(path.join(folder, files.old), 1, 1);
    const own = createOutput(path.join(folder, 'o.safetensors'), false);
    const expected = [files.dead, files.reborn, files.old].map((name) => path.join(folder, name)).toSorted();
    expect(findLeftovers(folder).toSorted()).toEqual(expected);
    expect(removeLeftovers(folder).toSorted()).toEqual(expected);
    expect(existsSync(own.temporary)).toBe(true);
    own.discard();
    expect(readdirSync(folder).toSorted()).toEqual([files.living, files.foreign, files.other].toSorted());
  });
});
