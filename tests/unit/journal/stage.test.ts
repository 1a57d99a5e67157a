/** Where a run stands, by the last records of its journal. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LastWords, readStage, stageOf } from '../../../src/journal/stage.ts';
import { KNOWS_OPEN_FILES, timesOpen } from '../../helpers/open-files.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const of = (kinds: string): ReturnType<typeof stageOf> =>
  stageOf(
    kinds
      .split(' ')
      .filter((kind) => kind !== '')
      .map((kind) => ({ kind })),
  );

describe('the end of a journal', () => {
  it.each([
    ['', undefined],
    ['scored', undefined],
    ['plan', 'searching'],
    ['plan asked scored asked', 'searching'],
    ['plan asked paused scored', 'paused'],
    ['plan asked paused scored rejected', 'paused'],
    ['plan asked paused scored continued', 'searching'],
    ['plan asked paused continued asked scored', 'searching'],
    ['plan asked stopping scored', 'stopping'],
    ['plan asked paused stopping', 'stopping'],
    ['plan asked stopping continued', 'stopping'],
    ['plan asked stopping scored stopped', 'ended'],
    ['plan asked stopping scored stopped resumed', 'searching'],
    ['plan asked paused resumed', 'searching'],
    ['plan asked scored proving', 'proving'],
    ['plan asked scored proving proved', 'proving'],
    ['plan asked scored proving proved paused proved', 'paused'],
    ['plan asked scored paused proving', 'paused'],
    ['plan asked scored proving paused continued proved', 'proving'],
    ['plan asked scored proving proved stopping proved', 'stopping'],
    ['plan asked scored proving proved stopped resumed', 'proving'],
    ['plan asked scored proving proved verdict', 'proved'],
    ['plan asked scored proving proved verdict stopped', 'ended'],
    ['plan asked scored stopped resumed proving proved', 'proving'],
    ['plan asked scored stopped resumed asked', 'searching'],
  ])('%s: %s', (kinds, name) => {
    expect(of(kinds)?.name).toBe(name);
  });

  it.each([
    ['a plan alone', ['plan'], 'searching'],
    ['a pause behind a line that is no record', ['asked', 'paused', 7], 'paused'],
    ['nothing that tells', ['scored', 'scored'], undefined],
  ])('is that of a short file: %s', (_, kinds, name) => {
    const file = path.join(temporaryFolder('stage'), 'O.journal.jsonl');
    writeFileSync(file, kinds.map((kind) => `${JSON.stringify({ kind })}\n`).join(''));
    expect(readStage(file)?.name).toBe(name);
  });

  it('is told by the last words alone as by all of them', () => {
    const kinds = 'plan asked scored more paused continued stopping stopped resumed proving proved verdict';
    assert(
      property(array(constantFrom(...kinds.split(' ').map((kind) => ({ kind })))), (records) => {
        const words = new LastWords();
        for (const record of records) words.add(record);
        expect(words.stage()).toEqual(stageOf(records));
      }),
    );
  });

  it('is no proof once the run has ended', () => {
    expect(of('plan proving proved verdict stopped')).toEqual({ name: 'ended', isProof: false });
    expect(of('plan proving proved verdict')).toEqual({ name: 'proved', isProof: true });
  });

  it('tells of a pause within the proof', () => {
    expect(of('plan asked scored proving paused')).toEqual({ name: 'paused', isProof: true });
    expect(of('plan asked paused')).toEqual({ name: 'paused', isProof: false });
  });

  it('is enough of a long file, also where its last line is torn', () => {
    const file = path.join(temporaryFolder('stage'), 'O.journal.jsonl');
    const line = (kind: string, length = 0): string =>
      `${JSON.stringify({ kind, text: 'x'.repeat(length) })}\n`;
    const long = line('asked') + line('scored', 1000).repeat(2000);
    // More than what is read at first.
    writeFileSync(file, `${line('plan')}${long}${line('paused')}{"kind":"resum`);
    expect(readStage(file)?.name).toBe('paused');
    writeFileSync(file, `${line('plan')}${long}${line('stopped')}`);
    expect(readStage(file)?.name).toBe('ended');
    writeFileSync(file, '');
    expect(readStage(file)).toBeUndefined();
    expect(readStage(`${file}.none`)).toBeUndefined();
  });

  it.runIf(KNOWS_OPEN_FILES)('is looked at without leaving the file open', () => {
    const file = path.join(temporaryFolder('stage'), 'O.journal.jsonl');
    writeFileSync(file, '{"kind":"plan"}\n');
    readStage(file);
    expect(timesOpen(file)).toBe(0);
  });

  it.skipIf(process.platform === 'win32')('is not waited for where something else has the name', () => {
    const file = path.join(temporaryFolder('stage'), 'O.journal.jsonl');
    execFileSync('mkfifo', [file]);
    expect(readStage(file)).toBeUndefined();
  });
});
