import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { uniformWeights } from '../../../src/space/blocks.ts';
import type { Importance } from '../../../src/importance/importance.ts';
import { reportPage } from '../../../src/report/page.ts';
import type { Album, ReportRun } from '../../../src/report/report.ts';
import { failedTrial, scoredTrial } from '../../helpers/make-trial.ts';
import { proofOf, reportPlan, reportRun } from '../../helpers/make-report-run.ts';

const NO_ALBUM: Album = { source: 'search', rows: [], columns: [], note: undefined };

function pageOf(run: ReportRun, album: Album = NO_ALBUM): string {
  return reportPage([{ run, album, drawings: [] }], { version: '1.2.3', together: [], mostRows: 3000 });
}

/** What somebody reads, without tags. */
function textOf(page: string): string {
  return page
    .replaceAll(/<(style|script)>.*?<\/\1>/gs, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"');
}

const EVIL = `</script><script>alert(1)</script>" onload='x' <img src=http://example.com/x>&`;

describe('the page of a report', () => {
  it('asks for nothing from outside, and runs the one script that it brings', () => {
    const page = pageOf(reportRun({ proof: proofOf() }));
    expect(page).not.toMatch(/https?:|\/\/[a-z]/i);
    const [, script = ''] = /<script>(.*?)<\/script>/s.exec(page) ?? [];
    const hash = createHash('sha256').update(script).digest('base64');
    expect(page).toContain(
      `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`,
    );
    expect(page).not.toMatch(/ on[a-z]+=/);
  });

  it('lets no name, prompt or message break out', () => {
    const plan = reportPlan();
    const [request] = plan.requests;
    const evil = { name: EVIL, file: EVIL, hash: EVIL };
    const trials = [scoredTrial({ id: 1, score: 1 }), failedTrial({ id: 2, message: EVIL })];
    const run = reportRun({
      name: EVIL,
      journal: EVIL,
      models: { a: evil, b: evil },
      plan: {
        ...plan,
        config: { ...plan.config, output: EVIL },
        requests:
          request === undefined ? [] : [{ ...request, payload: EVIL, prompt: EVIL, negativePrompt: EVIL }],
      },
      trials,
      warnings: [EVIL],
      end: { kind: 'stopped', sentence: EVIL },
      judging: { judges: false, sentence: EVIL, suggestion: EVIL },
    });
    const picture = { uri: 'data:image/webp;base64,AA==', width: 1, height: 1, score: 1 };
    const page = pageOf(run, {
      source: 'search',
      columns: [{ payload: EVIL, seed: 1, prompt: EVIL }],
      rows: [
        { id: 'A', name: EVIL, mean: 1, pictures: [picture] },
        { id: 'best', name: EVIL, mean: 1, pictures: [picture] },
      ],
      note: EVIL,
    });
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toContain('<img src=http');
    expect(page).not.toContain(`" onload`);
    expect(page).toContain('&lt;/script&gt;');
  });

  it('has one id a thing, headings in order, and a place for every link of the contents', () => {
    const run = reportRun({ proof: proofOf(), warnings: ['Something.'] });
    const pages = [
      pageOf(run),
      reportPage(
        [run, run].map((one) => ({ run: one, album: NO_ALBUM, drawings: [] })),
        { version: '1', together: [], mostRows: 3000 },
      ),
    ];
    for (const page of pages) {
      const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [, target] of page.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
      for (const [, target] of page.matchAll(/aria-labelledby="([^"]*)"/g)) expect(ids).toContain(target);
      const levels = [...page.matchAll(/<h(\d)/g)].map(([, level]) => Number(level));
      expect(levels[0]).toBe(1);
      for (const [i, level] of levels.entries()) expect(level - (levels[i - 1] ?? 0)).toBeLessThan(2);
    }
  });

  it('says what the proof has shown', () => {
    const text = textOf(pageOf(reportRun({ proof: proofOf() })));
    expect(text).toContain('Yes: the best merge is better than A, B and half of each on 48 fresh images.');
    expect(text).toContain(
      'The best (iteration 5) is better than model B on 41 of 48 images, +0.31 (95 %: 0.24 to 0.38).',
    );
  });

  it('says what the proof has not shown, and how many images would', () => {
    const text = textOf(
      pageOf(reportRun({ proof: proofOf({ results: ['better', 'undecided', 'better'] }) })),
    );
    expect(text).toContain('Not shown: 48 fresh images do not show that the best merge is better than B.');
    expect(text).toContain(
      'was not shown to be better than model B on 48 images, +0.31 (95 %: −0.38 to 0.38): about 96 would be needed',
    );
    expect(text).toContain('--prove 96');
    const hopeless = proofOf({ results: ['better', 'undecided', 'better'], needed: 6435 });
    expect(textOf(pageOf(reportRun({ proof: hopeless })))).toContain(
      'about 6,435 fresh images to confirm it',
    );
  });

  it('says when the best is worse, and names the runner-up where that has won', () => {
    const worse = textOf(pageOf(reportRun({ proof: proofOf({ results: ['worse', 'better', 'better'] }) })));
    expect(worse).toContain('No: the best merge is worse than A on 48 fresh images.');
    const other = textOf(pageOf(reportRun({ proof: proofOf({ winner: 'runner-up' }) })));
    expect(other).toContain('Yes: the runner-up is better than A, B and half of each');
    expect(other).toContain('use it in place of the best of the search');
  });

  it('claims nothing without a proof, or with one that is not finished', () => {
    const none = textOf(pageOf(reportRun()));
    expect(none).toContain('Not proved: no fresh images show');
    expect(none).toContain('autombw prove "csv/history/A - B/O.journal.jsonl"');
    // The baselines of the search stand there, with what they are worth.
    expect(none).toMatch(/A · crisp 0\.1000 .*half of each 0\.1500/);
    const begun = textOf(pageOf(reportRun({ proof: { ...proofOf(), verdict: null } })));
    expect(begun).toContain('A proof was started but not finished.');
  });

  it('counts the images of the search and of the proof apart', () => {
    const proof = proofOf();
    const [best] = proof.plan.candidates;
    const [trial] = reportRun().trials;
    if (best === undefined || trial === undefined) throw new Error('nothing to count');
    const results = [{ candidate: best, images: [...trial.images, ...trial.images], missing: [] }];
    const own = reportRun().trials.reduce((sum, { images }) => sum + images.length, 0);
    expect(textOf(pageOf(reportRun({ proof: { ...proof, results } })))).toContain(
      `Images ${own} of the search, ${2 * trial.images.length} of the proof`,
    );
  });

  it('says what could not be compared, and shows no mean of no images', () => {
    const proof = proofOf();
    if (proof.verdict === null) throw new Error('no verdict');
    const verdict = {
      ...proof.verdict,
      means: proof.verdict.means.map((one) => (one.name === 'B' ? { ...one, mean: 0, images: 0 } : one)),
      comparisons: proof.verdict.comparisons.filter(({ against }) => against !== 'B'),
      isProved: false,
    };
    const text = textOf(pageOf(reportRun({ proof: { ...proof, verdict } })));
    expect(text).toContain(
      'Not shown: the best merge is better than A and half of each on 48 fresh images, but too few images were drawn to compare it with B.',
    );
    expect(text).toContain('B · vivid – 0');
    const candidates = proof.plan.candidates.map((one) =>
      one.name === 'B' ? { ...one, weights: uniformWeights(0.75, 'sd1') } : one,
    );
    const itself = { ...proof, plan: { ...proof.plan, candidates }, verdict };
    expect(textOf(pageOf(reportRun({ proof: itself })))).toContain(
      'Not shown: the best merge is model B itself.',
    );
  });

  it('says that a proof is of another merge than the run recommends', () => {
    const proof = proofOf();
    const [best, ...rest] = proof.plan.candidates;
    if (best === undefined) throw new Error('no candidates');
    const earlier = { ...best, trial: 4, weights: { ...best.weights, IN00: 0.1 } };
    const stale = { ...proof, plan: { ...proof.plan, candidates: [earlier, ...rest] } };
    expect(textOf(pageOf(reportRun({ proof: stale })))).toContain(
      'This proof is about iteration 4. The run recommends iteration 5,',
    );
    expect(textOf(pageOf(reportRun({ proof })))).not.toContain('The run recommends');
  });

  it('shows which blocks matter, and what follows from it as a step', () => {
    const run = reportRun({ importance: SOME_IMPORTANCE });
    const text = textOf(pageOf(run));
    expect(text).toContain('IN04 62 % 50 % to 70 % 40 % 0.75');
    expect(text).toContain('IN04 and M00 8 % 2 % to 15 %');
    expect(text).toContain('OUT11 can stand still. In a new search: --block OUT11=0.75');
    expect(pageOf(run)).toContain(
      'IN04: weight 0.75, searched from 0 to 1, 62 % of the variance (50 % to 70 %)',
    );
    const little = textOf(
      pageOf(reportRun({ importance: { enough: false, reason: 'Not enough data: only 3.' } })),
    );
    expect(little).toContain('Not enough data: only 3.');
  });

  it('makes do with nothing scored', () => {
    const trials = [
      failedTrial({ id: 1, message: 'Out of memory.' }),
      failedTrial({ id: 2, message: 'Out of memory.' }),
    ];
    const text = textOf(pageOf(reportRun({ trials, recommended: undefined })));
    expect(text).toContain('Nothing was scored');
    expect(text).toMatch(/Out of memory\. 2 1–2/);
  });

  it('gives the recipe in the orders of the field', () => {
    const weights = Object.fromEntries(
      Object.keys(scoredTrial({ id: 1, score: 1 }).weights).map((block) => [block, 0]),
    );
    const run = reportRun({
      recommended: { trial: 1, score: 1, weights: { ...weights, OUT: 1, OUT00: 0.5 } },
    });
    const page = pageOf(run);
    const list = (order: string): string =>
      new RegExp(`<pre id="r1-list-${order}"[^>]*>([^<]*)`).exec(page)?.[1] ?? '';
    const zeros = (count: number): string => Array.from({ length: count }, () => '0.0').join(',');
    expect(list('recipe')).toBe(`${zeros(13)},0.5,${zeros(11)},1.0,0.0`);
    expect(list('search')).toBe(`${zeros(13)},1.0,0.5,${zeros(12)}`);
    expect(list('legacy')).toBe(`${zeros(13)},0.5,${zeros(12)},1.0`);
    expect(list('preset')).toBe(`${zeros(13)},0.5,${zeros(11)}`);
  });

  it('keeps thousands of iterations to a table that a phone can draw', () => {
    const trials = Array.from({ length: 4000 }, (_, i) => scoredTrial({ id: i + 1, score: i / 4000 }));
    const page = pageOf(reportRun({ trials }));
    expect(Buffer.byteLength(page)).toBeLessThan(1_200_000);
    expect(textOf(page)).toContain('1000 iterations with low scores are left out');
    expect(page).toContain('class="n">4000</th>');
    expect(page).not.toContain('class="n">1000</th>');
  });

  it('compares several runs only where their scores compare', () => {
    const text = (...runs: readonly ReportRun[]): string =>
      textOf(
        reportPage(
          runs.map((run) => ({ run, album: NO_ALBUM, drawings: [] })),
          { version: '1', together: [], mostRows: 3000 },
        ),
      );
    const one = reportRun({ name: 'one' });
    const better = reportRun({ name: 'two', trials: [scoredTrial({ id: 1, score: 0.9 })] });
    expect(text(one, better)).toContain(
      'Run 2, two, has the highest score: 0.9000. That is the score from its own search',
    );
    expect(text(one, one)).toContain('Run 1, Run 2: the same score, 0.5000.');
    // Without a plan nobody knows how it was scored.
    const unknown = text(one, reportRun({ name: 'two', plan: undefined }));
    expect(unknown).toContain('Unknown');
    expect(unknown).toContain('The models, payloads and scorers');
    const other = reportPlan({ scorers: [{ id: 'niqe', version: 'niqe 1', weight: 1, map: 'identity' }] });
    expect(text(one, reportRun({ plan: other }))).toContain('The scorers differ');
  });
});

const SOME_IMPORTANCE: Importance = {
  enough: true,
  dimensions: [
    {
      name: 'IN04',
      blocks: ['IN04'],
      total: { value: 0.62, low: 0.5, high: 0.7 },
      first: { value: 0.4, low: 0.3, high: 0.5 },
    },
    {
      name: 'M00',
      blocks: ['M00'],
      total: { value: 0.1, low: 0, high: 0.2 },
      first: { value: 0.05, low: 0, high: 0.1 },
    },
  ],
  interactions: [{ names: ['IN04', 'M00'], effect: { value: 0.08, low: 0.02, high: 0.15 } }],
  trials: 60,
  explained: 0.8,
  expectedGain: { value: 0.01, low: 0, high: 0.03 },
  suggestions: [
    {
      kind: 'freeze',
      sentence: 'OUT11 can stand still.',
      option: '--block OUT11=0.75',
      weights: { OUT11: 0.75 },
      share: 0.01,
    },
  ],
};
