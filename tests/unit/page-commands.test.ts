/** Every command that a page tells its reader to type: there is such a command, with such options and such values. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CommanderError, type Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createContext } from '../../src/cli/cli-process.ts';
import { createProgram } from '../../src/cli/program.ts';
import { MissingRun } from '../../src/cli/program/complaints.ts';
import { givenOptions } from '../../src/cli/search-options.ts';
import { chainConfigSchema } from '../../src/config/schema.ts';
import { splitWords } from '../../src/shared/process/split-words.ts';
import { fakeProcess } from '../helpers/fake-process.ts';
import { commandsOf, readPage, ROOT, shippedPages } from '../helpers/pages.ts';

/** @returns why the command line is wrong; undefined if it is understood */
function fault(words: readonly string[], isWhole: boolean): string | undefined {
  const { process: fake, text } = fakeProcess(words);
  const faults: string[] = [];
  const program = createProgram(createContext(fake), () => undefined);
  for (const command of allOf(program))
    command.action(() => {
      if (command.name() === 'search') faults.push(...valueFaults(command));
    });
  try {
    program.parse([...fake.argv]);
  } catch (error) {
    const isShort =
      /needs [<-]|needs a value|; got "[A-Z]+"\./.test(text.stderr) || error instanceof MissingRun;
    // A command that is only named in a sentence may lack what it needs.
    if (isWhole || !isShort)
      return error instanceof CommanderError || error instanceof MissingRun
        ? `${error.message} ${text.stderr}`
        : String(error);
  }
  return faults[0];
}

function allOf(command: Command): Command[] {
  return command.commands.flatMap((one) => (one.commands.length > 0 ? allOf(one) : [one]));
}

/** The options of a search are checked with its config, after commander. */
function valueFaults(command: Command): string[] {
  const shape: Readonly<Record<string, z.ZodType>> = chainConfigSchema.shape;
  return Object.entries(givenOptions(command)).flatMap(([key, value]) => {
    const error = shape[key]?.safeParse(value).error;
    return error === undefined ? [] : [`${key}: ${z.prettifyError(error)}`];
  });
}

describe('the commands of the pages', () => {
  // The changelog also tells of what used to be.
  const pages = shippedPages().filter((page) => page !== 'CHANGELOG.md');
  const found = pages.flatMap((page) =>
    commandsOf(readPage(page)).map(
      (command) => [`${command.words}\n${command.isWhole}`, { page, ...command }] as const,
    ),
  );
  const commands = [...new Map(found).values()];

  it('are found', () => {
    expect(commands.filter(({ isWhole }) => isWhole).length).toBeGreaterThan(100);
    expect(new Set(commands.map(({ words }) => words.split(' ')[0])).size).toBeGreaterThan(30);
  });

  it('are understood', () => {
    const faults = commands.flatMap(({ page, words, isWhole }) => {
      const line = words.replaceAll('…', ' ').replaceAll(/\$\([^)]*\)/g, 'today');
      const why = fault(splitWords(line, 'linux'), isWhole);
      return why === undefined ? [] : [`${page}: autombw ${words}: ${why.trim()}`];
    });
    expect(faults).toEqual([]);
  });

  it('include every command there is, on the page of commands', () => {
    const page = readPage('docs/commands.md');
    const names = allOf(createProgram(createContext(fakeProcess([]).process), () => undefined)).map(
      (command) => (command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name()),
    );
    expect(names.length).toBeGreaterThan(35);
    const isNamed = (name: string): boolean =>
      name.split(' ').every((word) => new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(page));
    expect(names.filter((name) => !isNamed(name))).toEqual([]);
  });

  it('of npm run are scripts of package.json, and those of the bench have its names', () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')));
    const text = shippedPages().map(readPage).join('\n');
    const named = [...text.matchAll(/npm run (?:-s )?([a-z:]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    const benches = readFileSync(path.join(ROOT, 'bench/run.mjs'), 'utf8');
    const measured = [...text.matchAll(/npm run bench -- ([a-z-]+)/g)].map(([, name = '']) => name);
    expect(measured.length).toBeGreaterThan(10);
    expect(measured.filter((name) => !new RegExp(`^  '?${name}'?:`, 'm').test(benches))).toEqual([]);
  });
});
