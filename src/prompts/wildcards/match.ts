/**
 * Tells whether a whole name matches a pattern of shell wildcards as Python's fnmatch reads them: `*` any letters (also
 * `/`), `?` one, `[abc]`, `[a-z]` and `[!abc]` one of a set. Small and capital letters differ. Takes at most
 * name × pattern steps.
 */
export function createMatcher(pattern: string): (name: string) => boolean {
  const pieces = readPieces(pattern);
  return (name) => {
    const letters = Array.from(name);
    let at = 0;
    let piece = 0;
    // Where to go on after the last star when it has to take one letter more.
    let star: { readonly piece: number; at: number } | undefined;
    while (at < letters.length) {
      const wanted = pieces[piece];
      if (wanted === 'any') {
        star = { piece, at };
        piece++;
      } else if (wanted?.(letters[at] ?? '') === true) {
        at++;
        piece++;
      } else if (star === undefined) {
        return false;
      } else {
        star.at++;
        at = star.at;
        piece = star.piece + 1;
      }
    }
    return pieces.slice(piece).every((rest) => rest === 'any');
  };
}

type Piece = 'any' | ((letter: string) => boolean);

function readPieces(pattern: string): Piece[] {
  const letters = Array.from(pattern);
  const pieces: Piece[] = [];
  for (let i = 0; i < letters.length; i++) {
    const letter = letters[i] ?? '';
    if (letter === '*') {
      if (pieces.at(-1) !== 'any') pieces.push('any');
      continue;
    }
    const end = letter === '[' ? closingBracket(letters, i) : -1;
    if (end > 0) {
      pieces.push(readSet(letters.slice(i + 1, end)));
      i = end;
    } else {
      pieces.push(letter === '?' ? () => true : (given) => given === letter);
    }
  }
  return pieces;
}

/** A bracket that closes at once belongs to the set; without an end the opening one is a letter. */
function closingBracket(letters: readonly string[], open: number): number {
  let from = open + 1;
  if (letters[from] === '!') from++;
  return letters.indexOf(']', from + 1);
}

function readSet(given: readonly string[]): (letter: string) => boolean {
  const negated = given[0] === '!';
  const set = negated ? given.slice(1) : given;
  const ranges: [string, string][] = [];
  for (let i = 0; i < set.length; i++) {
    const low = set[i] ?? '';
    const high = set[i + 1] === '-' ? set[i + 2] : undefined;
    ranges.push([low, high ?? low]);
    if (high !== undefined) i += 2;
  }
  const code = (letter: string): number => letter.codePointAt(0) ?? 0;
  return (letter) =>
    ranges.some(([low, high]) => code(low) <= code(letter) && code(letter) <= code(high)) !== negated;
}
