import { usageError, type AutombwError } from '../../shared/errors.ts';
import { limitError, MAX_NESTING } from '../limits.ts';
import { describeOffset, describePlace, type Place, type Source } from './ast.ts';

/** A position in a template that goes forward, or back when a reading of the text fails. */
export interface Scanner {
  pos: number;
  readonly text: string;
  placeAt(offset: number): Place;
  /** Passes comments, and white space only where a comment follows. */
  skip(): void;
  /** Passes comments and white space that mean nothing here. */
  space(): void;
  /** Passes comments, then the word if it stands here. */
  take(word: string): boolean;
  /** What a sticky expression finds here. */
  match(pattern: RegExp): string | undefined;
  /** Goes back to where it began when the reading fails. */
  attempt<T>(read: () => T | undefined): T | undefined;
  /** A reading that begins with `opening`, one bracket deeper. */
  bracket<T>(opening: string, read: (start: number) => T | undefined): T | undefined;
  /** Why the template cannot be read: from the failure that got furthest. */
  failure(): AutombwError;
}

export function createScanner(source: Source): Scanner {
  const { text } = source;
  const open: Opening[] = [];
  let furthest: Failure = { offset: -1, inside: undefined };
  let lastCommentEnd: number | undefined;

  const placeAt = (offset: number): Place => ({ source, offset });
  const fail = (): undefined => {
    if (scanner.pos > furthest.offset) furthest = { offset: scanner.pos, inside: open.at(-1) };
  };
  const afterSpace = (): number => {
    SPACE.lastIndex = scanner.pos;
    return scanner.pos + (SPACE.exec(text)?.[0].length ?? 0);
  };
  const passComment = (): boolean => {
    const start = afterSpace();
    if (text[start] === '#' || text.startsWith('//', start)) {
      const end = text.indexOf('\n', start);
      scanner.pos = end < 0 ? text.length : end;
      return true;
    }
    if (!text.startsWith('/*', start)) return false;
    // The last end is looked for once, so that many openings without an end stay cheap.
    lastCommentEnd ??= text.lastIndexOf('*/');
    if (start + 2 > lastCommentEnd) return false;
    scanner.pos = text.indexOf('*/', start + 2) + 2;
    return true;
  };
  const attempt = <T>(read: () => T | undefined): T | undefined => {
    const start = scanner.pos;
    const result = read();
    if (result === undefined) scanner.pos = start;
    return result;
  };
  const scanner: Scanner = {
    pos: 0,
    text,
    placeAt,
    attempt,
    skip: () => {
      while (passComment());
    },
    space: () => {
      scanner.skip();
      scanner.pos = afterSpace();
      scanner.skip();
    },
    take: (word) => {
      scanner.skip();
      if (!text.startsWith(word, scanner.pos)) {
        fail();
        return false;
      }
      scanner.pos += word.length;
      return true;
    },
    match: (pattern) => {
      pattern.lastIndex = scanner.pos;
      const found = pattern.exec(text)?.[0];
      if (found === undefined) return fail();
      scanner.pos += found.length;
      return found;
    },
    bracket: (opening, read) =>
      attempt(() => {
        scanner.skip();
        const start = scanner.pos;
        if (!scanner.take(opening)) return undefined;
        if (open.length >= MAX_NESTING) {
          throw limitError(
            `${describePlace(placeAt(start))}: brackets are nested more than ${MAX_NESTING} deep; make the template simpler.`,
          );
        }
        open.push({ opening, offset: start });
        const result = read(start);
        open.pop();
        return result;
      }),
    failure: () => {
      const offset = Math.max(furthest.offset, scanner.pos);
      return usageError(
        'prompt-template',
        `${describePlace(placeAt(offset))}: ${why(source, offset, furthest.inside)}`,
      );
    },
  };
  return scanner;
}

interface Opening {
  readonly opening: string;
  readonly offset: number;
}

interface Failure {
  readonly offset: number;
  readonly inside: Opening | undefined;
}

const SPACE = /[ \t\r\n]*/y;

function why(source: Source, offset: number, inside: Opening | undefined): string {
  const found = source.text.slice(offset);
  const letter = String.fromCodePoint(found.codePointAt(0) ?? 0);
  const here = found === '' ? 'the template ends here' : `${JSON.stringify(letter)} cannot stand here`;
  if (inside === undefined) {
    if (!found.startsWith('__')) return `${here}.`;
    return 'two underscores start a wildcard, but no name follows.';
  }
  const { opening } = inside;
  const closing = opening === '__' ? '__' : '}';
  const where = describeOffset({ source, offset: inside.offset });
  if (opening === '%{' && letter === '}') return `the "%{" at ${where} needs "$$" before its "}".`;
  return `the "${opening}" at ${where} is not closed by "${closing}": ${here}.`;
}
