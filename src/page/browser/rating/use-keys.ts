/** The keyboard of the whole page, for one question. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageQuestion, PageSaid } from '../../rating/state.ts';
import { typed } from './keys.ts';

interface Meaning {
  readonly onSay: (said: PageSaid) => void;
  readonly onUndo: (() => void) | undefined;
  readonly onPrompt: () => void;
}

/** @returns what is typed and not given yet, and whether Enter made nothing of it */
export function useKeys({ id, kind }: PageQuestion, meaning: Meaning) {
  const [shown, setShown] = useState({ text: '', isUnclear: false });
  // Two keys may come before the page is drawn again: what counts is here, and not in what was drawn.
  const text = useRef('');
  const now = useRef({ kind, meaning });
  now.current = { kind, meaning };
  const type = (given: string, isUnclear = false): void => {
    text.current = given;
    setShown({ text: given, isUnclear });
  };
  useEffect(() => type(''), [id]);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (!isMeant(event)) return;
      const { onSay, onUndo, onPrompt } = now.current.meaning;
      const meant = typed(now.current.kind, text.current, event);
      if (meant === undefined) return;
      event.preventDefault();
      if (meant.kind === 'typing' || meant.kind === 'unclear') {
        type(meant.text, meant.kind === 'unclear');
      } else if (meant.kind === 'prompt') {
        onPrompt();
      } else {
        type('');
        if (meant.kind === 'said') onSay(meant.said);
        else onUndo?.();
      }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
  return shown;
}

/** `u`, while there is no question. */
export function useUndoKey(onUndo: () => void): void {
  const now = useRef(onUndo);
  now.current = onUndo;
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (!isMeant(event) || event.key.toLowerCase() !== 'u') return;
      event.preventDefault();
      now.current();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}

function isMeant(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTypedInto(event.target))
    return false;
  // The list of keys covers the question.
  return document.querySelector('dialog[open]') === null;
}

function isTypedInto(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(?:INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
}
