import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { isExpected } from '../../../src/shared/errors.ts';
import { drawPrompts, openWildcards, type TemplateKind, type Wildcards } from '../../../src/prompts/index.ts';
import { FIXTURES, readCases, type PythonCase } from './python-cases.ts';

const { cases, chances } = readCases();
let wildcards: Wildcards;

beforeAll(async () => {
  wildcards = await openWildcards(path.join(FIXTURES, 'wildcards'));
});

const draw = async (prompt: string, kind: TemplateKind, count: number, seed = 1, squash = false) => {
  const request = { prompt, negativePrompt: '', kind, count, seed, wildcards, place: 'Payload a.json' };
  const pairs = await drawPrompts({ ...request, ignoreWhitespace: squash });
  return pairs.map((pair) => pair.prompt);
};

/** A wildcard that the package does not find, it writes as it stands, for ever. */
const notFound = (given: PythonCase): boolean =>
  given.kind === 'combinatorial' && (given.results?.length ?? 0) >= 400 && new Set(given.results).size === 1;

const REFUSED = 'refused, with file and place';

/** What comes of it; a refusal in any other words is thrown. */
async function outcome(drawn: Promise<string[]>): Promise<string[] | typeof REFUSED> {
  try {
    return await drawn;
  } catch (error) {
    if (!isExpected(error) || !error.message.startsWith('Payload a.json: the prompt')) throw error;
    return REFUSED;
  }
}

/** Where we leave the package: it loses what is not a text, and options that are rarer than others, without a word. */
const NOT_LOST: Readonly<Record<string, readonly string[]>> = {
  __numbers__: ['1', '3.5', 'two'],
  '__flat-list__': ['7', 'flat1', 'flat2'],
  '__json-list__': ['2::j3', '5', 'j1', 'j2'],
  '__upper/coats__': ['cape', 'cloak', 'coat', 'coat'],
  '__upper/*__': ['blouse', 'cape', 'cloak', 'coat', 'coat', 'shirt'],
};

/** An empty prompt is one, and what has no result at all is refused. */
function expected(given: PythonCase): readonly string[] | typeof REFUSED {
  if (given.template === '') return [''];
  const kept = given.kind === 'combinatorial' ? NOT_LOST[given.template] : undefined;
  if (kept !== undefined) return kept;
  const isRefused = given.raises !== undefined || given.results?.length === 0 || notFound(given);
  return isRefused ? REFUSED : (given.results ?? []);
}

const COUNTS = { combinatorial: 400, cyclical: 10 } as const;

describe('what the Python package makes of a template', () => {
  const groups = [...new Set(cases.map((given) => given.group))];

  it('is all among what we draw where we leave it', () => {
    const left = cases.filter(({ template, kind }) => kind === 'combinatorial' && template in NOT_LOST);
    expect(left).toHaveLength(Object.keys(NOT_LOST).length);
    for (const { template, results = [] } of left) {
      expect(NOT_LOST[template]).toEqual(expect.arrayContaining(results));
    }
  });

  it('is more than 150 outcomes', () => {
    expect(cases.filter((given) => given.results !== undefined).length).toBeGreaterThan(300);
  });

  it.each(groups.filter((group) => group !== 'jinja2' && group !== 'lenient'))('%s', async (group) => {
    for (const given of cases.filter((one) => one.group === group)) {
      const count = given.kind === 'cyclical' ? COUNTS.cyclical : COUNTS.combinatorial;
      const drawn = draw(given.template, given.kind, count, 1, group === 'squashed');
      expect({ [given.template]: await outcome(drawn) }).toEqual({ [given.template]: expected(given) });
    }
  });

  it('lenient: what the package refuses and we read as text', async () => {
    const lenient = cases.filter((given) => given.group === 'lenient');
    expect(lenient.map((given) => given.raises)).toEqual(lenient.map(() => 'ParseException'));
    const drawn = await Promise.all(lenient.map((given) => draw(given.template, 'combinatorial', 9)));
    expect(drawn).toEqual([
      ['a$b'],
      ['100% cotton'],
      ['costs $5'],
      ['100%', '50$'],
      ['a $ b % c'],
      ['a、b', 'b、a'],
    ]);
  });

  it('but for a list of one in round brackets, which nunjucks cannot read', async () => {
    await expect(draw("{{ ('a',) }}", 'jinja2', 1)).rejects.toThrow(/cannot be read: unexpected token/);
  });

  it.each(
    cases
      .filter((given) => given.kind === 'jinja2' && !given.template.includes("('a',)"))
      .map((given) => [given.template, given] as const),
  )('jinja2 %j', async (template, given) => {
    const count = given.results?.length ?? 1;
    const drawn = draw(template, 'jinja2', Math.max(1, count));
    expect(await outcome(drawn)).toEqual(given.results ?? REFUSED);
  });
});

describe('how often the Python package draws a result', () => {
  const DRAWS = 1500;

  it.each(chances.map((given) => [given.kind, given.template, given] as const))(
    '%s %s',
    async (kind, template, given) => {
      const ours = new Map<string, number>();
      for (let seed = 0; seed < DRAWS; seed++) {
        const key = (await draw(template, kind, given.together, seed)).join(' / ');
        ours.set(key, (ours.get(key) ?? 0) + 1);
      }
      const theirs = new Map(Object.entries(given.counts));
      expect([...ours.keys()].filter((key) => !theirs.has(key))).toEqual([]);
      const freedom = Math.max(1, theirs.size - 1);
      // Five standard deviations of a chi-square: one seed is tried, once.
      expect(chiSquare(ours, theirs)).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom) + 5);
    },
  );

  /** Of two samples: are they from one distribution? */
  function chiSquare(ours: ReadonlyMap<string, number>, theirs: ReadonlyMap<string, number>): number {
    const sum = (counts: ReadonlyMap<string, number>): number =>
      [...counts.values()].reduce((a, b) => a + b, 0);
    const scale = Math.sqrt(sum(theirs) / sum(ours));
    let total = 0;
    for (const [key, count] of theirs) {
      const own = ours.get(key) ?? 0;
      total += (own * scale - count / scale) ** 2 / (own + count);
    }
    return total;
  }
});
