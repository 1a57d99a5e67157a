import { describe, expect, it } from 'vitest';
import { launchOf } from '../../../../src/score/command/launch.ts';
import { splitWords } from '../../../../src/score/command/split-words.ts';
import { createTail } from '../../../../src/score/command/tail.ts';

describe('splitWords', () => {
  it.each([
    ['python scorer.py --device cuda', ['python', 'scorer.py', '--device', 'cuda']],
    ['  a\tb\n c ', ['a', 'b', 'c']],
    [`'my judge.py' "x y"z ''`, ['my judge.py', 'x yz', '']],
    [String.raw`a\ b "c\"d" '\n' "\n" "\\"`, ['a b', 'c"d', String.raw`\n`, String.raw`\n`, '\\']],
    ['a | b > $HOME ~/x * ;', ['a', '|', 'b', '>', '$HOME', '~/x', '*', ';']],
    ['x\\', ['x\\']],
  ])('on POSIX: %s', (line, words) => {
    expect(splitWords(line, 'linux')).toEqual(words);
  });

  it('leaves the backslashes of Windows paths alone', () => {
    expect(splitWords(String.raw`C:\py\python.exe "D:\my judges\judge.py" \\nas\x`, 'win32')).toEqual([
      String.raw`C:\py\python.exe`,
      String.raw`D:\my judges\judge.py`,
      String.raw`\\nas\x`,
    ]);
  });
});

describe('launchOf', () => {
  const windows = (files: readonly string[]): Parameters<typeof launchOf>[1] => ({
    platform: 'win32',
    env: { PATH: String.raw`C:\one;C:\two`, PATHEXT: '.COM;.EXE;.BAT;.CMD', ComSpec: 'cmd' },
    exists: (file) => files.includes(file),
  });

  it('leaves the search to the system on POSIX', () => {
    const machine = { platform: 'linux', env: {}, exists: () => true } as const;
    expect(launchOf(['judge.cmd', '%x%'], machine)).toEqual({
      file: 'judge.cmd',
      args: ['%x%'],
      verbatim: false,
    });
  });

  it('finds a program on the PATH of Windows, the first folder first', () => {
    const files = [String.raw`C:\two\python.exe`, String.raw`C:\one\python.bat`, 'local.exe'];
    expect(launchOf(['python', 'a b'], windows(files.slice(0, 1)))).toEqual({
      file: String.raw`C:\two\python.exe`,
      args: ['a b'],
      verbatim: false,
    });
    expect(launchOf(['python.exe'], windows(files)).file).toBe(String.raw`C:\two\python.exe`);
    expect(launchOf(['local'], windows(files)).file).toBe('local.exe');
    expect(launchOf(['unknown'], windows(files)).file).toBe('unknown');
  });

  it('gives batch files to cmd.exe, with every word quoted', () => {
    const machine = windows([String.raw`C:\one\python.bat`]);
    expect(launchOf(['python', 'my judge.py', 'a&b'], machine)).toEqual({
      file: 'cmd',
      args: ['/d', '/s', '/c', String.raw`""C:\one\python.bat" "my judge.py" "a&b""`],
      verbatim: true,
    });
    expect(() => launchOf(['python', '100%'], machine)).toThrow(
      'cannot take the argument 100% with its quote or % sign',
    );
  });
});

describe('createTail', () => {
  it('keeps the last lines, the last state of a progress bar, and no control codes', () => {
    const tail = createTail();
    tail.add('first\r\n 10%\r 50%\r');
    tail.add('100%\n\u001b[1mbold\u001b[0m\u0007\n\n');
    expect(tail.text()).toBe('first\n100%\nbold');
    for (let i = 0; i < 100; i++) tail.add(`line ${i}\n`);
    expect(tail.text().split('\n')).toEqual(Array.from({ length: 20 }, (_, i) => `line ${i + 80}`));
    tail.add('x'.repeat(100_000));
    expect(tail.text()).toBe('x'.repeat(2000));
  });
});
