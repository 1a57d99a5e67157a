/** The same object for as long as its content is the same: every change of a run brings new ones. */
import { useRef } from 'preact/hooks';

/** @param value small, and nothing but JSON */
export function useStable<T>(value: T): T {
  const kept = useRef({ value, text: '' });
  const text = JSON.stringify(value);
  if (text !== kept.current.text) kept.current = { value, text };
  return kept.current.value;
}
