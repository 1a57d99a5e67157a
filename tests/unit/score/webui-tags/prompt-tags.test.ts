import { describe, expect, it } from 'vitest';
import { promptTags } from '../../../../src/score/webui-tags/index.ts';

const rounded = (prompt: string): [string, number][] =>
  [...promptTags(prompt)].map(([tag, weight]) => [tag, Math.round(weight * 1000) / 1000]);
const names = (prompt: string): string[] => [...promptTags(prompt).keys()];

describe('promptTags', () => {
  it.each([
    ['1girl, Blue  Sky,\nlong hair', ['1girl', 'blue_sky', 'long_hair']],
    ['<lora:style:0.8>1girl <hypernet:x:1> solo', ['1girl', 'solo']],
    ['1girl BREAK blue sky AND red dress', ['1girl', 'blue_sky', 'red_dress']],
    ['a cat AND a dog :1.2', ['a_cat', 'a_dog']],
    ['BREAKFAST, ANDROID', ['breakfast', 'android']],
    [String.raw`saber \(fate\), \(o\)_\(o\)`, ['saber_(fate)', '(o)_(o)']],
    [':d, :3, ^_^, >_<, <3', [':d', ':3', '^_^', '>_<', '<3']],
    [
      '[cat:dog:0.5], [red|green] hat, [late:0.3], [early::0.4]',
      ['cat', 'dog', 'red', 'green_hat', 'late', 'early'],
    ],
    [
      'masterpiece, best quality, worst_quality, highres, absurdres, lowres, 8k, score_9, score_8_up, very aesthetic, rating:safe, source_anime',
      [],
    ],
    ['(masterpiece:1.2), ((best quality)), highly detailed, ultra-detailed, high resolution', []],
    [
      'quality street, scoreboard, detailed eyes, source code',
      ['quality_street', 'scoreboard', 'detailed_eyes', 'source_code'],
    ],
    ['', []],
    [' , ,, 1.3, ---', []],
  ])('of %j', (prompt, tags) => {
    expect(names(prompt)).toEqual(tags);
  });

  it.each([
    [
      'cat, (dog), ((cow)), [hen]',
      [
        ['cat', 1],
        ['dog', 1.1],
        ['cow', 1.21],
        ['hen', 0.909],
      ],
    ],
    [
      '(dog:1.3), (hen, cow:0.5), ((ox:2))',
      [
        ['dog', 1.3],
        ['hen', 0.5],
        ['cow', 0.5],
        ['ox', 2.2],
      ],
    ],
    ['(dog:0), (hen:-1), cow', [['cow', 1]]],
    ['ab(cd:2)', [['abcd', 1.5]]],
    ['dog, (dog:1.5), dog', [['dog', 1.5]]],
    ['(dog', [['dog', 1.1]]],
    ['dog)', [['dog)', 1]]],
    [
      '[dog:cat:0.5] (hen:1.2)',
      [
        ['dog', 1],
        ['cat_hen', expect.closeTo(1.1, 3)],
      ],
    ],
  ])('has the attention of %j', (prompt, tags) => {
    expect(rounded(prompt)).toEqual(tags);
  });

  it('takes a long prompt with many brackets', () => {
    expect(names(`${'('.repeat(300)}dog, ${'[cat], '.repeat(300)}`)).toEqual(['dog', 'cat']);
  });
});
