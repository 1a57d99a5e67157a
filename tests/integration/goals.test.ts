/** Searches with several goals over real HTTP: what is asked, resumed and verified. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJournal, trialsOf } from '../../src/journal/read.ts';
import { standingOf } from '../../src/goals/standing.ts';
import { pageState } from '../../src/page/model.ts';
import { ofKind, resumeOn, useSearches } from '../helpers/simulated-search.ts';
import { temporaryFolder } from '../helpers/run-search.ts';
import { TINY_PAYLOAD } from '../helpers/work-folder.ts';

/** What niqe needs to judge an image. */
const LARGER = { ...TINY_PAYLOAD, width: 192, height: 192, n_iter: 1 };
const payload = path.join(temporaryFolder(), 'larger.json');
writeFileSync(payload, JSON.stringify(LARGER));
const { search } = useSearches({
  payload: [payload],
  scorer: ['quality', 'niqe'],
  goals: ['quality,niqe'],
  optimizer: 'bayesian',
  optimizerOptions: { starts: 4 },
  iterations: 7,
  baselines: true,
});
const points = (records: Awaited<ReturnType<typeof search>>['records']) =>
  ofKind(records, 'asked').map(({ point }) => point);

describe('a search with goals', () => {
  it('asks for other merges than one with their one score, has a front, and tells the page of it', async () => {
    const apart = await search();
    const mixed = await search({ config: { goals: undefined } });
    // The baselines, and the one start that is left.
    expect(points(apart.records).slice(0, 4)).toEqual(points(mixed.records).slice(0, 4));
    expect(points(apart.records)).not.toEqual(points(mixed.records));
    const { goals } = apart.summary;
    expect(goals?.names).toEqual(['quality', 'niqe']);
    expect(goals?.front?.trials.length).toBeGreaterThan(0);
    expect(mixed.summary.goals).toBeUndefined();
    // Merges alone can be picked, and nothing beats the knee.
    const knee = goals?.front?.trials.find(({ trial }) => trial === goals.knee);
    expect(['A', 'B']).not.toContain(knee?.baseline);
    const { summary, trials } = pageState(apart.records, {
      name: 'O',
      isAlive: false,
      notices: [],
      progress: null,
    });
    expect(summary.goals?.front).toEqual(goals?.front?.trials.map(({ trial }) => trial));
    expect(trials.find(({ id }) => id === goals?.knee)?.goals).toEqual(knee?.values);
  });

  it('goes on from any place as if it had not been stopped', async () => {
    const whole = await search();
    const journal = path.join(temporaryFolder(), 'O-0-2026-01-01-00-00-00.journal.jsonl');
    const fifth = whole.records.findIndex((record) => record.kind === 'scored' && record.trial === 8);
    const lines = whole.records.slice(0, fifth + 1).map((record) => `${JSON.stringify(record)}\n`);
    expect(lines.length).toBeGreaterThan(8);
    writeFileSync(journal, lines.join(''));
    const resumed = await resumeOn([whole.simulator], journal);
    expect(points(resumed.records)).toEqual(points(whole.records));
    expect(resumed.csv).toBe(whole.csv);
    expect(resumed.summary.goals).toEqual(whole.summary.goals);
    const { records } = await readJournal(journal);
    const [first] = records;
    expect(standingOf(first?.kind === 'plan' ? first.plan : undefined, trialsOf(records).finished)).toEqual(
      whole.summary.goals,
    );
  });

  it('with another optimizer has a front all the same', async () => {
    const { summary } = await search({
      config: { optimizer: 'random', optimizerOptions: {}, iterations: 2 },
    });
    expect(summary.goals?.front?.trials.length).toBeGreaterThan(0);
  });
});
