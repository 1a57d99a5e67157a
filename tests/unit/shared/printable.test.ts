import { describe, expect, it } from 'vitest';
import { printable, printableInColour, printableJson } from '../../../src/shared/printable.ts';

describe('printable', () => {
  it('keeps text, line breaks and tabs, of every script', () => {
    const text = 'Zwölf Boxkämpfer\n\tעברית العربية 日本語 👩‍🚀 ✓';
    expect(printable(text)).toBe(text);
    expect(printable('a\r\nb')).toBe('a\nb');
  });

  it.each([
    ['\u001B[2J', String.raw`\x1b[2J`],
    ['\u001B]0;title\u0007', String.raw`\x1b]0;title\x07`],
    ['\u009B31m', String.raw`\x9b31m`],
    ['50 %\rdone', String.raw`50 %\x0ddone`],
    ['a\bb', String.raw`a\x08b`],
    ['\u202Egnp.exe', String.raw`\u202egnp.exe`],
    ['\u2066x\u2069', String.raw`\u2066x\u2069`],
    ['a\u2028b', String.raw`a\u2028b`],
    ['\u007F', String.raw`\x7f`],
  ])('shows what a terminal would obey: %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('lets the colours of a drawing through, and nothing else', () => {
    expect(printableInColour('\u001B[38;5;33m█\u001B[0m\u001B[2J')).toBe('\u001B[38;5;33m█\u001B[0m\\x1b[2J');
  });

  it('leaves JSON what it means', () => {
    const value = { 'a\u009B': ['\u001B[2J', '\u202E', '\n'] };
    const json = printableJson(JSON.stringify(value, null, 2));
    expect(JSON.parse(json)).toEqual(value);
    expect(json).not.toMatch(/[\u0080-\u009F\u202E]/);
  });
});
