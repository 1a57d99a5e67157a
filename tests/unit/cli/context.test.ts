/** What commands print, beside a line that is drawn again. */
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createContext, type CliProcess } from '../../../src/cli/cli-process.ts';
import { Screen } from '../../helpers/screen.ts';

const WIDE = 'p1          0.6129     0.4141     -0.1988  -0.1988 over 2 images';

/** @param output is both streams, as in a terminal */
function processOn(output: unknown, env: CliProcess['env'] = {}): CliProcess {
  const stream = output as CliProcess['stdout'];
  return {
    argv: [],
    env,
    stdout: stream,
    stderr: stream,
    cwd: () => '.',
    on: () => undefined,
    off: () => undefined,
    exit: () => undefined,
  };
}

describe('what is printed on a terminal', () => {
  it('stands above the line that is drawn again, wherever it comes from', () => {
    const screen = new Screen(60);
    const { line, print, printInColour, printJson, printTable, note } = createContext(processOn(screen));
    line?.show(() => 'working');
    print('a result');
    note('a warning');
    printInColour('a drawing');
    printJson([]);
    printTable('a row');
    expect(screen.rows()).toEqual(['a result', 'a warning', 'a drawing', '[]', 'a row', 'working']);
    line?.end();
    expect(screen.rows().at(-1)).toBe('a row');
  });

  it('has sentences that are broken between words, under their beginning', () => {
    const { fold } = createContext(processOn(new Screen(40)));
    expect(fold('Score        broken between words, and further lines where it began', 13)).toEqual([
      'Score        broken between words, and',
      '             further lines where it',
      '             began',
    ]);
    expect(fold('12 %, or --block IN00=0.5 that stays')).toEqual(['12 %, or --block IN00=0.5 that stays']);
    expect(fold('a line is 39 columns long here, or --block IN00=0.5')).toEqual([
      'a line is 39 columns long here, or',
      '--block IN00=0.5',
    ]);
  });

  it('has tables that are no wider than it', () => {
    const screen = new Screen(60);
    createContext(processOn(screen)).printTable(`head\n${WIDE}`);
    expect(screen.rows()).toEqual(['head', `${WIDE.slice(0, 59)}…`]);
  });

  it('has no such line where it is dumb', () => {
    expect(createContext(processOn(new Screen(60), { TERM: 'dumb' })).line).toBeUndefined();
  });
});

it('a pipe gets tables in full, and no line that is drawn again', () => {
  let text = '';
  const pipe = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString('utf8');
      done();
    },
  });
  const { line, printTable } = createContext(processOn(pipe, { FORCE_COLOR: '1' }));
  printTable(WIDE);
  expect({ text, line }).toEqual({ text: `${WIDE}\n`, line: undefined });
});
