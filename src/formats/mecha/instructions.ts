/**
 * sd-mecha's `.mecha` recipes as lines: each makes a value that later lines name by its number, `&0` for the first, and the last
 * line is the result. Files of sd-mecha 0.1 and later begin with `version 0.1.0`; those of 0.0 have no such line and other
 * commands. Source: `serialization.py` of sd-mecha 1.1.8, `recipe_serializer.py` of 0.0.29 (github.com/ljleb/sd-mecha).
 */
import { usageError } from '../../shared/errors.ts';
import { didYouMean } from '../../shared/nearest-name.ts';
import { eachLine } from '../../shared/files/lines.ts';
import { BadLine, readArguments, shown, type Arguments } from './tokens.ts';

export { BadLine, type Argument } from './tokens.ts';

export const MECHA_VERSION = '0.1.0';

const COMMANDS = ['dict', 'literal', 'model', 'merge', 'parameter'] as const;

export interface Instruction extends Arguments {
  readonly command: (typeof COMMANDS)[number];
  /** In the file, from 1. */
  readonly line: number;
}

export interface MechaRecipe {
  /** Undefined in files of sd-mecha 0.0. */
  readonly version: typeof MECHA_VERSION | undefined;
  /** At least one; references point backwards. */
  readonly instructions: readonly Instruction[];
}

/** A search has a handful of lines; sd-mecha's own largest recipes have hundreds. */
const MOST_LINES = 10_000;
/** Characters: weights for every key of SDXL, twice over. */
const LONGEST = 1_000_000;

/** @param file for messages; @throws usage error `recipe-invalid` with the number of the line */
export function parseMecha(text: string, file: string): MechaRecipe {
  const instructions: Instruction[] = [];
  let version: MechaRecipe['version'];
  let number = 0;
  for (const raw of eachLine(text)) {
    number++;
    if (number > MOST_LINES) throw badFile(file, `it has more than ${MOST_LINES} lines`);
    if (raw.length > LONGEST) throw badLine(file, number, `It has more than ${LONGEST} characters`);
    const line = raw.trim();
    if (number === 1 && /^version\b/.test(line)) {
      version = readVersion(line, file);
      continue;
    }
    if (line === '' || line.startsWith('#')) continue;
    instructions.push(readLine(line, number, { file, version, before: instructions.length }));
  }
  if (instructions.length === 0) throw badFile(file, 'it does not merge anything');
  return { version, instructions };
}

function readVersion(line: string, file: string): typeof MECHA_VERSION {
  const version = line.replace(/^version\s*/, '');
  if (version === MECHA_VERSION) return version;
  throw badLine(
    file,
    1,
    `Its format version is "${shown(version)}", but only ${MECHA_VERSION} and files without a version can be read: write it again with sd-mecha 1.1`,
  );
}

function readLine(
  line: string,
  number: number,
  { file, version, before }: { file: string; version: MechaRecipe['version']; before: number },
): Instruction {
  try {
    const { command: name, positional, named } = readArguments(line, version !== undefined);
    const command = COMMANDS.find((known) => known === name);
    if (command === undefined) {
      throw new BadLine(
        `"${shown(name)}" is not a command (${COMMANDS.join(', ')}).${didYouMean(name, COMMANDS)}`.replace(
          /\.$/,
          '',
        ),
      );
    }
    for (const argument of [...positional, ...named.values()]) {
      if (argument.kind === 'reference' && argument.index >= before) {
        throw new BadLine(
          `&${argument.index} refers to a later line: there are ${before} before this one, numbered from &0`,
        );
      }
    }
    return { command, line: number, positional, named };
  } catch (cause) {
    if (cause instanceof BadLine) throw badLine(file, number, cause.message);
    throw cause;
  }
}

/** @param what a sentence without its full stop */
export function badLine(file: string, line: number, what: string): Error {
  return usageError('recipe-invalid', `${file}, line ${line}: ${what}${/[.?]$/.test(what) ? '' : '.'}`);
}

function badFile(file: string, what: string): Error {
  return usageError('recipe-invalid', `${file} is not an sd-mecha recipe: ${what}.`);
}
