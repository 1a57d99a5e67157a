/** Templates and wildcards of strangers: prompts or one sentence, in bounded work, and the prototypes untouched. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { isExpected } from '../../src/shared/errors.ts';
import { drawPrompts, openWildcards, type TemplateKind, type Wildcards } from '../../src/prompts/index.ts';
import { temporaryFolder } from '../helpers/run-search.ts';
import { FUZZ_TIMEOUT, fuzz } from './runs.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/prompts');
const fixture = JSON.parse(readFileSync(path.join(FIXTURES, 'cases.json'), 'utf8')) as {
  readonly cases: readonly { readonly template: string; readonly kind: string }[];
};
const PIECES =
  '{ } | $$ :: ${ ${x= =! __ __a__ @ ~ 2$$ 1-2$$ {% %} {{ }} {# #} for if set \\ ( ) [ ] , " \' # \n \0'
    .split(' ')
    .concat('__proto__', 'constructor', '.constructor("x")', 'range(1e9)', "'x' * 1e9", '{% include "x" %}');

let wildcards: Wildcards;
beforeAll(async () => {
  wildcards = await openWildcards(path.join(FIXTURES, 'wildcards'));
});

async function attempt(prompt: string, kind: TemplateKind): Promise<readonly string[]> {
  const request = { negativePrompt: '', count: 3, seed: 1, wildcards, place: 'Payload a' };
  try {
    return (await drawPrompts({ ...request, prompt, kind })).map((pair) => pair.prompt);
  } catch (error) {
    if (!isExpected(error)) throw error;
    return [error.message];
  }
}

/** A real template with pieces put in, taken out and doubled. */
const mutated = (templates: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...templates),
      fc.array(fc.tuple(fc.nat(200), fc.nat(20), fc.constantFrom('', ...PIECES)), { maxLength: 4 }),
    )
    .map(([template, cuts]) =>
      cuts.reduce((text, [at, length, piece]) => {
        const place = text.length === 0 ? 0 : at % text.length;
        return text.slice(0, place) + piece + text.slice(place + (length % 5));
      }, template),
    );

const anything = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.array(fc.constantFrom(...PIECES, 'a', 'b', ' '), { maxLength: 25 }).map((parts) => parts.join('')),
);

describe('a template', () => {
  it.each(['random', 'combinatorial', 'cyclical', 'jinja2'] as const)(
    'of kind %s is drawn or refused',
    async (kind) => {
      const real = fixture.cases
        .filter((given) => (given.kind === 'jinja2') === (kind === 'jinja2'))
        .map(({ template }) => template);
      await fc.assert(
        fc.asyncProperty(fc.oneof(anything, mutated(real)), async (template) => {
          const drawn = await attempt(template, kind);
          expect(drawn.every((text) => typeof text === 'string')).toBe(true);
          expect(Object.keys(Object.prototype)).toEqual([]);
        }),
        fuzz(100),
      );
    },
    FUZZ_TIMEOUT,
  );
});

it.each([
  '{{ "".constructor.constructor("return process")() }}',
  '{{ [].__proto__ }}',
  '{{ range.constructor("x") }}',
  '{% set x = {} %}{{ x.__proto__.polluted }}',
  '{{ "a"["constr" + "uctor"] }}',
  "{{ ['a'][] | join }}",
  '{% include "/etc/passwd" %}',
  '{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}',
  '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}',
])('jinja2 %j reaches nothing of the host and ends', async (template) => {
  const [text = ''] = await attempt(template, 'jinja2');
  expect(text).not.toMatch(/function \w*\(|native code|root:|\[object/);
});

it('a wildcard file of any depth cannot bring the program down', async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'deep.yaml'), '['.repeat(100_000));
  writeFileSync(path.join(folder, 'deep.json'), `${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  const { problems } = await openWildcards(folder);
  expect(problems).toHaveLength(2);
});
