/**
 * "Did you mean …?": the candidate that a misspelt word most likely stands for. One of whose words it is, begins or ends
 * (`climbing` of `hill-climbing`), comes before one that differs in two letters or more; of several the first.
 */
export function nearestName(word: string, candidates: readonly string[]): string | undefined {
  const wanted = fold(word);
  let nearest: string | undefined;
  // More than a third of the letters wrong is no misspelling but another word.
  const most = wanted.length < SHORT_WORD ? 1 : Math.max(2, Math.ceil(wanted.length / 3));
  // Nor is a word of which no letter is right.
  let smallest = Math.min(most + 1, wanted.length);
  for (const candidate of candidates) {
    const distance = Math.min(
      editDistance(wanted, fold(candidate), smallest),
      partDistance(word.toLowerCase(), candidate.toLowerCase().split(/[^a-z0-9]+/)) ?? smallest,
    );
    if (distance < smallest) {
      smallest = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/** ` Did you mean "x"?`, or nothing: to be appended to a message. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const nearest = nearestName(word, candidates);
  return nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
}

/** Letters: with two other ones, a shorter word is another word. */
const SHORT_WORD = 5;

/** From a word to one of the words of a name, in letters as those of {@link editDistance}; undefined where it is none of them. */
function partDistance(word: string, parts: readonly string[]): number | undefined {
  if (word.length < 2) return undefined;
  if (parts.includes(word)) return 1.25;
  if (parts.some((part) => part.startsWith(word) && word.length > 3)) return 1.5;
  if (parts.some((part) => part.endsWith(word))) return 1.75;
  const isMisspelt = word.length >= SHORT_WORD && parts.some((part) => editDistance(word, part, 2) < 2);
  return isMisspelt ? 2.25 : undefined;
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Levenshtein distance, two letters in the wrong order counted once; given up (as `limit`) once every path is at least that long. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: readonly number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? limit) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwapped ? (before[j - 2] ?? limit) + 1 : limit;
      row.push(Math.min(substitution, swap, (previous[j] ?? limit) + 1, (row[j - 1] ?? limit) + 1));
    }
    if (Math.min(...row, ...(i > 1 ? previous : [])) >= limit) return limit;
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? limit;
}
