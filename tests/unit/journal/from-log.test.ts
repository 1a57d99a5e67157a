import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { journalFromLog } from '../../../src/journal/from-log.ts';
import { asked, scored } from './records.ts';

describe('journal out of a log', () => {
  const plan = JSON.parse(
    readFileSync(
      path.resolve(import.meta.dirname, '../../fixtures/journals/v0.1.0.journal.jsonl'),
      'utf8',
    ).split('\n')[0] ?? '',
  ) as { readonly recipe: string };
  const logOf = (...lines: readonly unknown[]): string =>
    lines
      .map((line) =>
        typeof line === 'string' ? line : JSON.stringify({ level: 30, at: 'x', ...(line as object) }),
      )
      .join('\n');

  it('is what came since the last plan, without trials that were never asked and lines that are none', () => {
    const learnt = { kind: 'learnt', trial: 9, weights: { IN00: 0.5 }, score: 1 };
    const log = logOf(
      { ...plan, recipe: 'old' },
      asked(7),
      plan,
      scored(7, 1),
      asked(1),
      '{"kind":"scored","tri',
      'the word "kind" alone',
      '"kind"',
      { kind: 'plan', version: 1 },
      learnt,
      scored(1, 0.5),
    );
    expect(journalFromLog(log, 'x.log')).toMatchObject([
      { kind: 'plan', recipe: plan.recipe },
      asked(1),
      learnt,
      scored(1, 0.5),
    ]);
    expect(journalFromLog(log, 'x.log')?.[1]).toEqual(asked(1));
  });

  it('keeps the words of a run of a text log, and nothing that only looks like them', () => {
    const log = [
      `12:00:01 INFO ${JSON.stringify(plan)}`,
      `12:00:02 INFO ${JSON.stringify(asked(1))}`,
      `12:00:03 INFO {"trial":1,"note":"no \\"kind\\" of it"}`,
      `12:00:04 {"kind":"resumed","version":1,"limits":{},"time":{"at":""}}`,
      `12:00:05 ["kind"]`,
      '12:00:06 {"kind":"scored","trial":1}',
    ].join('\n');
    expect(journalFromLog(log, 'x.log')?.map(({ kind }) => kind)).toEqual(['plan', 'asked', 'resumed']);
  });

  it('needs a plan', () => {
    expect(
      journalFromLog(`${JSON.stringify({ level: 30, at: 'x', ...asked(1), msg: 'asked' })}\n`, 'x.log'),
    ).toBeUndefined();
  });
});
