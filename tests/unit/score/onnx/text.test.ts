import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { textEncoder } from '../../../../src/score/onnx/text/encode.ts';
import { cleanPrompt, promptTags } from '../../../../src/score/onnx/text/prompt.ts';
import { FIXTURES, fixtureJson } from './reference.ts';

const texts = z.array(z.object({ text: z.string(), ids: z.array(z.int()) }));
const reference = fixtureJson('tokens.json', z.object({ clip: texts, wordpiece: texts }));
const tokenizer = (name: string): string => fileURLToPath(new URL(`models/${name}/tokenizer.json`, FIXTURES));

describe('tokenizers give the ids of the reference library', () => {
  it.each(reference.clip)('CLIP: $text', ({ text, ids }) => {
    expect(textEncoder(tokenizer('clip'), { kind: 'clip', length: 77, pad: null })(text).ids).toEqual(ids);
  });

  it.each(reference.wordpiece)('word pieces: $text', ({ text, ids }) => {
    expect(textEncoder(tokenizer('blip'), { kind: 'wordpiece', length: 35, pad: null })(text).ids).toEqual(
      ids,
    );
  });

  it('pads by token or by id, and masks the padding', () => {
    const end = reference.clip[0]?.ids[1];
    const byToken = textEncoder(tokenizer('clip'), { kind: 'clip', length: 6, pad: '<|endoftext|>' })(
      'a cat',
    );
    expect(byToken.ids.slice(-3)).toEqual([end, end, end]);
    expect(byToken.mask).toEqual([1, 1, 1, 1, 0, 0]);
    const byId = textEncoder(tokenizer('clip'), { kind: 'clip', length: 6, pad: 0 })('a cat');
    expect(byId.ids.slice(-3)).toEqual([end, 0, 0]);
  });

  it('refuses a tokenizer of the other family', () => {
    expect(() => textEncoder(tokenizer('clip'), { kind: 'wordpiece', length: 35, pad: null })).toThrow(
      /has no token \[CLS\]/,
    );
    expect(() => textEncoder(tokenizer('blip'), { kind: 'clip', length: 77, pad: null })).toThrow(
      /no merges/,
    );
    expect(() =>
      textEncoder(fileURLToPath(import.meta.url), { kind: 'clip', length: 77, pad: null }),
    ).toThrow(/it is not JSON/);
  });
});

describe('cleanPrompt', () => {
  it.each([
    ['(tag:1.2), ((cat)), [dog]', 'tag, cat, dog'],
    ['<lora:add_detail:0.6>, a cat <lyco:x:1:0.5>,, in  a box , ', 'a cat, in a box'],
    ['a \\(b\\) BREAK c AND d', 'a (b) c d'],
    ['[cat:dog:0.5] on [red|blue] sofa', 'cat dog on red blue sofa'],
    ['a (b (c:1.3), d:.5)', 'a b c, d'],
    ['smile :d, time 12:30, (unclosed', 'smile :d, time 12:30, unclosed'],
    ['', ''],
    ['<lora:only:1>', ''],
  ])('%s', (prompt, clean) => {
    expect(cleanPrompt(prompt)).toBe(clean);
  });
});

describe('promptTags', () => {
  it('has names as taggers write them, with weights, once, and without quality', () => {
    expect(
      promptTags(
        'masterpiece, best quality, score_8_up, (Long Hair:1.3), [cat], ((2girls, box)), cat, :d, <lora:x:1>',
      ),
    ).toEqual([
      { name: 'long_hair', weight: 1.3 },
      { name: 'cat', weight: 1 / 1.1 },
      { name: '2girls', weight: expect.closeTo(1.21) },
      { name: 'box', weight: expect.closeTo(1.21) },
      { name: ':d', weight: 1 },
    ]);
  });
});
