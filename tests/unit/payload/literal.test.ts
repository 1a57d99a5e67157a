/** What is told of a template that is sent as it stands: every case, in whole sentences. */
import { describe, expect, it } from 'vitest';
import { literalWarnings } from '../../../src/payload/literal.ts';

const ADVICE =
  'to expand it, set "wildcard_type" (random, combinatorial, cyclical or jinja2), or "none" if it is meant literally.';

describe('templates that are sent literally', () => {
  it('are named, three of them, each once and not too long', () => {
    const named = (prompt: string) => literalWarnings({ prompt })[0];
    expect(named('{a|b} {c|d} {a|b} {e|f}')).toBe(
      `"prompt" is sent literally, with {a|b}, {c|d}, {e|f}: ${ADVICE}`,
    );
    expect(named('{a|b} {c|d} {e|f} {g|h} {i|j}')).toBe(
      `"prompt" is sent literally, with {a|b}, {c|d}, {e|f} and 2 more: ${ADVICE}`,
    );
    const long = (length: number): string => `{${'x'.repeat(length - 4)}|y}`;
    expect(named(long(40))).toContain(`with ${long(40)}: `);
    expect(named(long(41))).toContain(`with ${long(41).slice(0, 39)}…: `);
  });

  it('are told of each prompt, choices and jinja2 alike', () => {
    expect(literalWarnings({ prompt: 'a {b|c} {% d %}', negative_prompt: '{% if e %}f{% endif %}' })).toEqual(
      [
        expect.stringMatching(/^"prompt" is sent literally, with \{b\|c\}, \{% d %\}: to expand/),
        expect.stringMatching(/^"negative_prompt" is sent literally, with \{% if e %\}.*: to expand/),
      ],
    );
  });

  it.each(['none', 'random', 'combinatorial', 'cyclical'])('are none with the kind %s', (kind) => {
    expect(literalWarnings({ wildcard_type: kind, prompt: '{a|b}', negative_prompt: '__c__' })).toEqual([]);
  });

  it('are choices where jinja2 is read, and only where there is none of it', () => {
    expect(literalWarnings({ wildcard_type: 'jinja2', prompt: '{a|b}' })).toEqual([
      '"prompt" is sent literally, with {a|b}: jinja2 has {{ … }} and {% … %}; choose another "wildcard_type" to expand it.',
    ]);
    expect(literalWarnings({ wildcard_type: 'jinja2', prompt: '{a|b} {% c %}' })).toEqual([]);
    expect(literalWarnings({ wildcard_type: 'jinja2', prompt: 'plain' })).toEqual([]);
  });

  it.each(['random', 'combinatorial', 'cyclical'])('are jinja2 where %s reads choices', (kind) => {
    expect(
      literalWarnings({ wildcard_type: kind, prompt: '{% if x %}a{% endif %}', negative_prompt: 'b' }),
    ).toEqual([
      `"prompt" has {% if x %}, {% endif %}, which only "wildcard_type" jinja2 understands: with ${kind} their braces are read as choices.`,
    ]);
  });

  it.each([undefined, 'random', 'jinja2', 'none'])(
    'are always those of the second pass (kind %s)',
    (kind) => {
      const given = { wildcard_type: kind, prompt: 'a', hr_prompt: '{a|b}', hr_negative_prompt: '__c__' };
      expect(literalWarnings(given)).toEqual([
        '"hr_prompt" is sent literally, with {a|b}: only prompt and negative_prompt are expanded.',
        '"hr_negative_prompt" is sent literally, with __c__: only prompt and negative_prompt are expanded.',
      ]);
    },
  );

  it('are none where a prompt is no text', () => {
    expect(literalWarnings({ prompt: 7, negative_prompt: ['{a|b}'], hr_prompt: null })).toEqual([]);
  });
});
