import { stripVTControlCharacters } from 'node:util';

/** The last words of a program, for error messages. */
export interface Tail {
  add(text: string): void;
  /** At most 20 lines and 2000 characters, without control codes; of a progress bar only its last state. */
  text(): string;
}

const LINES = 20;
const CHARACTERS = 2000;
const KEPT = 16_384;

export function createTail(): Tail {
  let kept = '';
  return {
    add: (text) => {
      kept = (kept + text).slice(-KEPT);
    },
    text: () => {
      const lines = stripVTControlCharacters(kept)
        .split('\n')
        .map((line) => {
          const state = line.replace(/\r+$/, '');
          return state.slice(state.lastIndexOf('\r') + 1).replaceAll(/[^\P{Cc}\t]/gu, '');
        })
        .filter((line) => line.trim() !== '');
      return lines.slice(-LINES).join('\n').slice(-CHARACTERS);
    },
  };
}
