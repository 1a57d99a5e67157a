/** Why a command line cannot be run, as the rest of a sentence that begins with what it is: `has a quote …`. */
export class CommandFault extends Error {
  override readonly name = 'CommandFault';
}

/**
 * A command line in words, with the quotes of a shell and nothing else of it: variables, `~`, wildcards and pipes stay text.
 * A backslash takes the next character literally, except in single quotes; on Windows, where paths are full of them, it is
 * a character like any other.
 * @throws CommandFault when it is empty or a quote is never closed
 */
export function splitWords(line: string, platform: NodeJS.Platform): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let open = '';
  for (let i = 0; i < line.length; i++) {
    const character = line.charAt(i);
    if (character === open) {
      open = '';
    } else if (character === '\\' && platform !== 'win32' && open !== "'" && i + 1 < line.length) {
      const next = line.charAt(++i);
      const escapes = open === '' || '"\\$`'.includes(next);
      word = (word ?? '') + (escapes ? next : `\\${next}`);
    } else if (open === '' && (character === '"' || character === "'")) {
      open = character;
      // Two quotes with nothing in between are a word too.
      word ??= '';
    } else if (open === '' && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (open !== '') throw new CommandFault(`has a quote ${open} that is never closed: ${line}`);
  if (word !== undefined) words.push(word);
  if (words[0] === undefined || words[0] === '') {
    throw new CommandFault('is empty');
  }
  return words;
}
