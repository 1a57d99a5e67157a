import { describe, expect, it } from 'vitest';
import {
  parseBlockRule,
  parseInteger,
  parseNumber,
  parseParameterRule,
  parseSetting,
  parseTextSetting,
} from '../../../src/cli/parsers.ts';

describe('numbers of the command line', () => {
  it.each([
    ['8080', 8080],
    ['-1', -1],
    ['+3', 3],
  ])('integer %s', (text, value) => {
    expect(parseInteger(text)).toBe(value);
  });
  it.each(['abc', '', '1.5', '5abc', '0x10', '1e3', '99999999999999999999', ' 1'])(
    'no integer: "%s"',
    (text) => {
      expect(() => parseInteger(text)).toThrow(/whole number/);
    },
  );
  it.each([
    ['0.5', 0.5],
    ['-1e-3', -0.001],
    ['.5', 0.5],
    ['2.', 2],
  ])('number %s', (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });
  it.each(['abc', '', '5abc', 'NaN', 'Infinity', '1,5', '--1'])('no number: "%s"', (text) => {
    expect(() => parseNumber(text)).toThrow(/a number/);
  });
});

describe('settings', () => {
  it('recognises numbers and truth values', () => {
    expect(parseSetting('epsilon=0.1')).toEqual(['epsilon', 0.1]);
    expect(parseSetting('a=true')).toEqual(['a', true]);
    expect(parseSetting('kernel=rbf=x')).toEqual(['kernel', 'rbf=x']);
    expect(parseTextSetting('onnx=007')).toEqual(['onnx', '007']);
    expect(parseSetting('initialize={"random":3}')).toEqual(['initialize', { random: 3 }]);
    expect(() => parseSetting('a={x')).toThrow(/JSON object/);
    for (const text of ['a', '=1', 'a=']) expect(() => parseSetting(text)).toThrow(/name=value/);
  });

  it('fixes and clamps blocks', () => {
    expect(parseBlockRule('OUT=0')).toEqual(['OUT', 0]);
    expect(parseBlockRule('IN00=-0.2:0.8')).toEqual(['IN00', { low: -0.2, high: 0.8 }]);
    expect(() => parseBlockRule('IN00=a:b')).toThrow(/a number/);
  });
});

describe('what is searched beside block weights', () => {
  it.each([
    ['beta=0.5:1.5', { low: 0.5, high: 1.5 }],
    ['beta=-1:1:4', { low: -1, high: 1, steps: 4 }],
    ['beta=0.8', 0.8],
    ['beta=one, two', ['one', 'two']],
  ])('%s', (text, rule) => {
    expect(parseParameterRule(text)).toEqual(['beta', rule]);
  });
  it.each([
    ['beta=0:1:2.5', 'with a whole number of steps'],
    ['beta=0:1:-3', 'with a whole number of steps'],
    ['beta=0:1:2:3', 'with a whole number of steps'],
    ['beta=0,1', 'name=low:high, name=number or name=word,word'],
  ])('no range: %s', (text, message) => {
    expect(() => parseParameterRule(text)).toThrow(message);
  });
});
