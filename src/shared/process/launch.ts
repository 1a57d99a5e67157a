/** How a program is started from its words, without a shell. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { CommandFault } from './split-words.ts';

/** What `spawn` is given. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  /** Windows: the arguments are quoted already. */
  readonly verbatim: boolean;
}

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly exists: (file: string) => boolean;
}

const thisMachine: Machine = { platform: process.platform, env: process.env, exists: existsSync };

/**
 * How a program is started without a shell. On Windows it is looked up on the PATH with every ending of PATHEXT, as a
 * terminal does; a batch file (npm and conda make them) is no program, and goes through cmd.exe with every word quoted.
 * @throws CommandFault for a batch file with words that cmd.exe cannot be given unchanged
 */
export function launchOf(words: readonly string[], machine: Machine = thisMachine): Launch {
  const [program = '', ...args] = words;
  if (machine.platform !== 'win32') return { file: program, args, verbatim: false };
  const file = findProgram(program, machine);
  if (!/\.(cmd|bat)$/i.test(file)) return { file, args, verbatim: false };
  const line = [file, ...args].map(quoteForBatch).join(' ');
  return {
    file: machine.env['ComSpec'] ?? 'cmd.exe',
    args: ['/d', '/s', '/c', `"${line}"`],
    verbatim: true,
  };
}

/** The name as it is where nothing is found: Windows knows places (app aliases) that cannot be looked into. */
function findProgram(program: string, { env, exists }: Machine): string {
  const endings = (env['PATHEXT'] ?? '.COM;.EXE;.BAT;.CMD').split(';').filter((ending) => ending !== '');
  const names = [
    ...(path.win32.extname(program) === '' ? [] : [program]),
    ...endings.map((ending) => program + ending.toLowerCase()),
  ];
  const folders = /[\\/]/.test(program)
    ? ['']
    : ['', ...(env['PATH'] ?? env['Path'] ?? '').split(';').filter((folder) => folder !== '')];
  const places = folders.flatMap((folder) =>
    names.map((name) => (folder === '' ? name : path.win32.join(folder, name))),
  );
  return places.find(exists) ?? program;
}

/** Inside quotes cmd.exe still replaces %NAME%, and a quote cannot be escaped. */
function quoteForBatch(word: string): string {
  if (!/["%\r\n]/.test(word)) return `"${word}"`;
  throw new CommandFault(
    `starts a batch file, which cannot take the argument ${word} with its quote or % sign; ` +
      'call the program behind the batch file directly, or put the arguments in the batch file.',
  );
}
