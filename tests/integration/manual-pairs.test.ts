/** A run whose images a person compares with those of earlier iterations. */
import { rmSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { journalEntry } from '../../src/cli/commands/records/history/journal-entry.ts';
import { parseJournal, trialsOf } from '../../src/journal/read.ts';
import { filesOf } from '../../src/journal/name-run.ts';
import { comparableIn } from '../../src/judging/trial-scores.ts';
import type { FinishedTrial } from '../../src/types.ts';
import { makeRater } from '../helpers/rater.ts';
import { resumeTiny, searchTiny } from '../helpers/run-search.ts';

const pairs = {
  scorer: ['manual'],
  scorerOptions: { 'manual.ask': 'pairs' },
  iterations: 5,
  saveImages: 'all',
};
const recordsOf = (text: string) => parseJournal(text, 'test').records;
const trialsIn = (text: string): readonly FinishedTrial[] => trialsOf(recordsOf(text)).finished;
const answersIn = (text: string) => trialsIn(text).map(({ images }) => images.map(({ answer }) => answer));
const planIn = (text: string) => {
  const [first] = recordsOf(text);
  if (first?.kind !== 'plan') throw new Error('there is no plan');
  return first.plan;
};

describe('a search that asks which image is better', () => {
  it('compares every image but those of the first iteration, and keeps the answers', async () => {
    const rater = makeRater(['1', '22', '=', '2', '11', '1', '1', '1']);
    const { summary, journalText } = await searchTiny({ config: pairs, terminal: rater.terminal });
    expect(summary).toMatchObject({ iterations: 5, failed: 0 });
    expect(rater.asked()).toBe(8);
    const [first, ...later] = answersIn(journalText);
    expect(first).toEqual([undefined, undefined]);
    const answers = later.flat();
    expect(answers).toHaveLength(8);
    expect(
      answers
        .map((answer) => (answer !== undefined && 'outcome' in answer ? Math.abs(answer.outcome) : -1))
        .toSorted((a, b) => a - b),
    ).toEqual([0, 1, 1, 1, 1, 1, 2, 2]);
    expect(answers[0]).toMatchObject({ against: 1 });
  });

  it('finds the merge that the person likes best, by scores that all answers say', async () => {
    const rater = raterOfSizes();
    const { summary, journalText, journal } = await searchTiny({
      config: pairs,
      terminal: rater.terminal,
    });
    expect(rater.asked()).toBe(8);
    const comparable = comparableIn(planIn(journalText), trialsIn(journalText));
    const [best] = [...comparable].toSorted(([, one], [, other]) => other - one);
    expect(summary.best).toMatchObject({ trial: best?.[0], score: best?.[1] });
    expect(journalEntry(journal)).toMatchObject({ best: best?.[1], bestIteration: best?.[0] });
    // What was recorded of the first iteration, before anything was said of it, is not what is known of it now.
    const [one] = trialsIn(journalText);
    expect(one).toMatchObject({ score: 5 });
    expect(comparable.get(1)).not.toBe(5);
  });

  it('turns answers round for a payload that wants low scores', async () => {
    const { journalText } = await searchTiny({
      config: { ...pairs, iterations: 3 },
      terminal: makeRater(['1', '1', '1', '1']).terminal,
    });
    const plan = planIn(journalText);
    const trials = trialsIn(journalText);
    const turned = { ...plan, requests: plan.requests.map((one) => ({ ...one, reverseScoring: true })) };
    const straight = comparableIn(plan, trials);
    for (const [id, score] of comparableIn(turned, trials))
      expect(score).toBeCloseTo(-(straight.get(id) ?? 0), 9);
  });

  it('goes on after q without asking again what was answered', async () => {
    const first = await searchTiny({ config: pairs, terminal: makeRater(['1', '2', '11', 'q']).terminal });
    expect(first.summary).toMatchObject({ reason: { code: 'interrupted' }, iterations: 2 });
    const said = recordsOf(first.journalText).filter(({ kind }) => kind === 'answer');
    expect(said).toHaveLength(3);
    const rater = makeRater(['1', '1', '1', '1', '1']);
    const { summary, journalText } = await resumeTiny(first.journal, { terminal: rater.terminal });
    expect(summary).toMatchObject({ iterations: 5, failed: 0 });
    expect(rater.asked()).toBe(5);
    expect(answersIn(journalText)[2]?.[0]).toEqual(
      said[2] !== undefined && 'answer' in said[2] ? said[2].answer : '',
    );
  });

  it('goes on with an optimizer that was told the same scores, changed ones among them', async () => {
    const config = { ...pairs, iterations: 7, optimizer: 'bayesian' };
    const whole = await searchTiny({ config, terminal: raterOfSizes().terminal });
    const first = await searchTiny({
      config: { ...config, iterations: 5 },
      terminal: raterOfSizes().terminal,
    });
    const notices: string[] = [];
    const second = await resumeTiny(first.journal, {
      config: { iterations: 7 },
      terminal: raterOfSizes().terminal,
      observers: [{ name: 'listener', onNotice: ({ message }) => void notices.push(message) }],
    });
    expect(notices.join('\n')).not.toMatch(/proposes different points/);
    const pointsIn = (text: string) => trialsIn(text).map(({ weights }) => weights);
    expect(pointsIn(second.journalText)).toEqual(pointsIn(whole.journalText));
    expect(answersIn(second.journalText)).toEqual(answersIn(whole.journalText));
  });

  it('asks for a rating where no earlier image was kept', async () => {
    const first = await searchTiny({
      config: { ...pairs, iterations: 3 },
      terminal: makeRater(['1', '2', '1', '1']).terminal,
    });
    rmSync(filesOf(first.journal).images, { recursive: true });
    const rater = makeRater(['8', '2', '1', '1']);
    const { summary, journalText } = await resumeTiny(first.journal, {
      config: { iterations: 5 },
      terminal: rater.terminal,
    });
    expect(summary).toMatchObject({ iterations: 5, failed: 0 });
    expect(rater.screen()).toMatch(/were not kept .*rate it by itself/);
    expect(answersIn(journalText)[3]).toEqual([{ rating: 8 }, { rating: 2 }]);
    // Those of this session are there again.
    expect(answersIn(journalText)[4]).toMatchObject([{ against: 4 }, { against: 4 }]);
  });

  it('counts an iteration without a skipped image', async () => {
    const rater = makeRater(['s', '1', '1', '1', '1', '1', '1']);
    const { summary } = await searchTiny({
      config: { ...pairs, iterations: 4 },
      terminal: rater.terminal,
    });
    expect(summary).toMatchObject({ iterations: 4, failed: 0, imagesPerTrial: { least: 1, most: 2 } });
  });

  it('goes with images a trial as the search decides', async () => {
    const rater = makeRater(Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? '11' : '2')));
    const { summary, journalText } = await searchTiny({
      config: { ...pairs, iterations: 6, imagesPerTrial: 2 },
      payload: { n_iter: 4 },
      terminal: rater.terminal,
    });
    expect(summary).toMatchObject({ iterations: 6, failed: 0 });
    const best = trialsIn(journalText).find(({ id }) => id === summary.best?.trial);
    expect(best?.images).toHaveLength(4);
  });

  it.each([[{ scorer: ['manual', 'quality'] }], [{ scoreMap: { manual: 'clamp:0:10' } }]])(
    'goes with no other scorer and no map: %j',
    async (config) => {
      await expect(
        searchTiny({ config: { ...pairs, ...config }, terminal: makeRater([]).terminal }),
      ).rejects.toMatchObject({
        code: 'scorer-options',
        message: expect.stringContaining('manual.ask=pairs'),
      });
    },
  );
});

/** Likes the image whose file is larger: an order like any other. */
function raterOfSizes() {
  const answers: string[] = [];
  const rater = makeRater(answers, {
    onQuestion: (number) => {
      const [one = 0, two = 0] = [...rater.screen().matchAll(/file [12] {2}(\S+)/g)]
        .slice(-2)
        .map(([, file = '']) => statSync(file).size);
      answers[number - 1] = one >= two ? '1' : '2';
    },
  });
  return rater;
}
