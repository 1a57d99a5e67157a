/** Plans whose options have changed since: other names, other ranges, options that are gone or that are not there yet. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  parseRecordedScoring,
  RENAMINGS,
  translateChain,
  translateConfig,
  type Renaming,
} from '../../../src/config/recorded-config.ts';
import { searchConfigSchema } from '../../../src/config/schema.ts';
import { parseJournal } from '../../../src/journal/read.ts';
import type { SearchPlan } from '../../../src/journal/record.ts';
import { resumeConfig } from '../../../src/run/resume.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../fixtures/journals');
const names = ['v0.1.0', 'v0.1.0-hills', 'main-2026-11', 'main-2026-11-pass'];

/** The plan of a released journal, its text changed as if another version had written it. */
function planOf(name: string, change: (text: string) => string = (text) => text): SearchPlan {
  const [line = ''] = readFileSync(path.join(FOLDER, `${name}.journal.jsonl`), 'utf8').split('\n');
  const [first] = parseJournal(`${change(line)}\n`, name).records;
  if (first?.kind !== 'plan') throw new Error(`${name} has no plan`);
  return first.plan;
}

/** Today's option under a name that it no longer has; `--tol-abs` was renamed twice. */
const renamings: readonly Renaming[] = [
  { release: '0.2.0', names: { tolerance: 'tolAbsolute' } },
  { release: '0.3.0', names: { tolAbsolute: 'tolAbs', judges: 'scorer' } },
];

describe.each(names)('the plan of %s', (name) => {
  it('is carried out by the options of today, value by value', () => {
    const { config, limits, warning } = resumeConfig(planOf(name), {});
    const { backend: _, ...recorded } = planOf(name).config;
    expect(config).toMatchObject(recorded);
    expect(limits).toEqual({});
    expect(warning).toBeUndefined();
  });

  it.each(['tolerance', 'tolAbsolute'])('is carried out when --tol-abs was called %s', (old) => {
    const plan = planOf(name, (text) => text.replace('"tolAbs":0', `"${old}":0.125`));
    expect(plan.config).toMatchObject({ [old]: 0.125 });
    const { config, warning } = resumeConfig(plan, {}, renamings);
    expect(config.tolAbs).toBe(0.125);
    expect(warning).toBeUndefined();
  });
});

describe('options', () => {
  it('of every release that renamed some are options of today, under their last names', () => {
    const today = (name: string, after: number): string =>
      RENAMINGS.slice(after).reduce((key, { names: new_ }) => new_[key] ?? key, name);
    const last = RENAMINGS.flatMap(({ names: new_ }, i) =>
      Object.values(new_).map((name) => today(name, i + 1)),
    );
    expect(last.filter((name) => !(name in searchConfigSchema.shape))).toEqual([]);
  });

  it('under an old name do not replace what stands under the new one', () => {
    const { known, unknown } = translateConfig({ tolAbsolute: 1, tolAbs: 2 }, renamings);
    expect(known).toMatchObject({ tolAbs: 2 });
    expect(unknown).toEqual({ tolAbsolute: 1 });
  });

  it('that are not known stay in the plan, and resuming goes on without them and says so', () => {
    const plan = planOf('main-2026-11', (text) => text.replace('"tolAbs":0', '"tolAbs":0,"racers":3'));
    expect(plan.config).toMatchObject({ racers: 3 });
    expect(resumeConfig(plan, {}).warning).toBe(
      'The run was started with options this version of autombw does not have; continuing without them: --racers 3.',
    );
  });

  it('that there were not yet mean what was done then', () => {
    expect(planOf('v0.1.0').config.combine).toBeUndefined();
    expect(resumeConfig(planOf('v0.1.0'), {}).config).toMatchObject({ combine: 'arithmetic', group: [] });
  });

  it('of a chain are renamed in its passes too', () => {
    const recorded = { tolerance: 1, merge: [], pass: [{ tolAbsolute: 2, racers: 3 }, 'file.json'] };
    expect(translateChain(recorded, renamings)).toEqual({
      known: { tolAbs: 1, merge: [], pass: [{ tolAbs: 2 }, 'file.json'] },
      unknown: { racers: 3 },
    });
  });
});

describe('values that today are refused', () => {
  const narrowed = (text: string): string =>
    text
      .replace('"optimizerSemantics":"fixed"', '"optimizerSemantics":"ancient"')
      .replace('"intervals":2', '"intervals":99999');

  it('are read, and resuming names every such option in one sentence each', () => {
    const plan = planOf('main-2026-11', narrowed);
    expect(plan.config).toMatchObject({ optimizerSemantics: 'ancient', intervals: 99999 });
    expect(() => resumeConfig(plan, {})).toThrow(
      'This version of autombw cannot carry out the plan of the run: --optimizer-semantics must be one of fixed, compat; got "ancient". --intervals must be at most 10000; got 99999. Resume it with the version that started it, or start a new search with --warm-start from its best weights.',
    );
    expect(() => resumeConfig(plan, {})).toThrow(expect.objectContaining({ code: 'plan-option' }));
  });

  it('may be replaced where a later session may set them anew', () => {
    const plan = planOf('main-2026-11', (text) => text.replace('"maxFailures":5', '"maxFailures":0'));
    expect(() => resumeConfig(plan, {})).toThrow(
      /--max-failures must be at least 1; got 0\. Give other values when you resume\.$/,
    );
    expect(resumeConfig(plan, { maxFailures: 4 }).config.maxFailures).toBe(4);
    // What is given now is the mistake of whoever gives it.
    expect(() => resumeConfig(plan, { maxFailures: -1 })).toThrow(
      expect.objectContaining({ code: 'config-invalid' }),
    );
  });

  it('do not stand in the way of scoring again, unless they are about scoring', () => {
    const { config } = planOf('main-2026-11', narrowed);
    expect(parseRecordedScoring(config)).toMatchObject({ scorer: ['quality'], combine: 'arithmetic' });
    const judged = { ...config, combine: 'harmonic' };
    expect(() => parseRecordedScoring(judged)).toThrow(/plan of the run: --combine must be one of/);
    expect(parseRecordedScoring(judged, { combine: 'min' })).toMatchObject({ combine: 'min' });
    expect(() => parseRecordedScoring(config, { combine: 'max' })).toThrow(/^--combine must be one of/);
    const { scorer, ...unjudged } = config;
    expect(parseRecordedScoring({ ...unjudged, judges: scorer }, {}, renamings).scorer).toEqual(['quality']);
  });
});
