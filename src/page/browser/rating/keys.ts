/** What is typed for a question, as in the terminal: `7`, `6.5`, or `1`, `22`, with Enter; `=`, `s`, `u`, `p` and arrows at once. Pure. */
import type { PageQuestion, PageSaid } from '../../rating/state.ts';

export type Typed =
  | { readonly kind: 'said'; readonly said: PageSaid }
  | { readonly kind: 'typing'; readonly text: string }
  | { readonly kind: 'unclear'; readonly text: string }
  | { readonly kind: 'undo' }
  | { readonly kind: 'prompt' };

export interface Key {
  readonly key: string;
  readonly shiftKey: boolean;
}

const OUTCOMES: ReadonlyMap<string, number> = new Map([
  ['11', 2],
  ['1', 1],
  ['0', 0],
  ['=', 0],
  ['2', -1],
  ['22', -2],
]);

/**
 * @param text typed so far
 * @returns undefined for a key that means nothing here
 */
export function typed(kind: PageQuestion['kind'], text: string, { key, shiftKey }: Key): Typed | undefined {
  switch (key.toLowerCase()) {
    case 's':
      return { kind: 'said', said: { skip: true } };
    case 'u':
      return { kind: 'undo' };
    case 'p':
      return { kind: 'prompt' };
    case 'backspace':
      return text === '' ? undefined : { kind: 'typing', text: text.slice(0, -1) };
    case 'escape':
      return text === '' ? undefined : { kind: 'typing', text: '' };
    case 'enter': {
      if (text === '') return undefined;
      const said = read(kind, text);
      return said === undefined ? { kind: 'unclear', text } : { kind: 'said', said };
    }
    default:
      return kind === 'pair' ? ofPair(text, key, shiftKey) : ofRating(text, key);
  }
}

function ofPair(text: string, key: string, shiftKey: boolean): Typed | undefined {
  const much = shiftKey ? 2 : 1;
  if (key === 'ArrowLeft') return { kind: 'said', said: { first: much } };
  if (key === 'ArrowRight') return { kind: 'said', said: { first: -much } };
  if (key === '=' || key === '0') return { kind: 'said', said: { first: 0 } };
  return /^[12]$/.test(key) && text.length < 2 ? { kind: 'typing', text: text + key } : undefined;
}

function ofRating(text: string, key: string): Typed | undefined {
  return /^[\d.,]$/.test(key) && text.length < 5 ? { kind: 'typing', text: text + key } : undefined;
}

function read(kind: PageQuestion['kind'], text: string): PageSaid | undefined {
  if (kind === 'pair') {
    const first = OUTCOMES.get(text);
    return first === undefined ? undefined : { first };
  }
  const rating = /^(\d+([.,]\d*)?|[.,]\d+)$/.test(text) ? Number(text.replace(',', '.')) : Number.NaN;
  return rating <= 10 ? { rating } : undefined;
}
