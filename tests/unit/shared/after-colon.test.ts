import { expect, it } from 'vitest';
import { afterColon } from '../../../src/shared/after-colon.ts';

it.each([
  ['The server is gone. The run ends.', 'the server is gone. The run ends.'],
  ['A list of weights has 27 numbers.', 'a list of weights has 27 numbers.'],
  ['Nothing answers at http://127.0.0.1:7860.', 'nothing answers at http://127.0.0.1:7860.'],
  ['Model A and model B are the same.', 'model A and model B are the same.'],
  ['A and B are equal there.', 'A and B are equal there.'],
  [
    'ComfyUI at http://127.0.0.1:8188 ran out of memory.',
    'ComfyUI at http://127.0.0.1:8188 ran out of memory.',
  ],
  ['IN00 has no effect.', 'IN00 has no effect.'],
  ['Thedra.safetensors is damaged.', 'Thedra.safetensors is damaged.'],
  ['', ''],
])('%s', (sentence, expected) => {
  expect(afterColon(sentence)).toBe(expected);
});
