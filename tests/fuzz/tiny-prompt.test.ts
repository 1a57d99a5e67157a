import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { readSchedule, readVocabulary } from '../../src/simulator/worlds/tiny/assets.ts';
import { tokensOf } from '../../src/simulator/worlds/tiny/tokens.ts';
import { fuzz, FUZZ_TIMEOUT } from './runs.ts';

const PIECES = [
  'red',
  ' big ',
  '(',
  ')',
  ':1.2',
  '<lora:',
  '>',
  '<',
  '[',
  'BREAK',
  '\0',
  '__proto__',
  'constructor',
  '\\',
];

it(
  'prompts of the tiny world are always as many known ids',
  () => {
    const [vocabulary, schedule] = [readVocabulary(), readSchedule()];
    const known = new Set([...vocabulary.values(), ...Object.values(schedule.ids)]);
    const text = fc
      .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary' })), { maxLength: 60 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (prompt) => {
        const ids = [...tokensOf(prompt, vocabulary, schedule)].map(Number);
        expect(ids).toHaveLength(schedule.tokens);
        expect(ids.every((id) => known.has(id))).toBe(true);
      }),
      fuzz(),
    );
  },
  FUZZ_TIMEOUT,
);
