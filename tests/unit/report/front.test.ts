import { describe, expect, it } from 'vitest';
import { frontSection } from '../../../src/report/sections/front.ts';
import type { EvaluatedTrial } from '../../../src/types.ts';
import { reportPlan, reportRun } from '../../helpers/make-report-run.ts';
import { scoredTrial } from '../../helpers/make-trial.ts';

const plan = reportPlan({
  scorers: ['quality', 'far'].map((id) => ({ id, version: '1', weight: 1, map: 'identity' })),
  goals: [
    { name: 'quality', scorers: [{ id: 'quality', higherIsBetter: true, min: 0, max: 1 }] },
    { name: 'far', scorers: [{ id: 'far', higherIsBetter: false, min: 0, max: null }] },
  ],
});

function trialOf(id: number, quality: number, far: number): EvaluatedTrial {
  const trial = scoredTrial({ id, score: quality });
  return { ...trial, images: trial.images.map((image) => ({ ...image, raw: { quality, far } })) };
}

describe('the front in a report', () => {
  it('lists what nothing beats, with the knee, a baseline by its name, and how to take one', () => {
    const trials = [
      { ...trialOf(1, 0.1, 2), baseline: 'A' as const },
      trialOf(4, 0.9, 9),
      trialOf(5, 0.8, 3),
      trialOf(6, 0.7, 5),
      trialOf(7, 0.5, 2.5),
    ];
    const { body, title } = frontSection(reportRun({ plan, trials }), (name) => name) ?? {};
    const cells = [...(body?.markup ?? '').matchAll(/<t[dh](?: [^>]*)?>([^<]*)</g)].map(([, cell]) =>
      cell?.trim(),
    );
    expect(title).toBe('The choices');
    expect(cells).toEqual(
      [
        ['iteration', 'quality', 'far'],
        ['4', '0.9000', '−9.0000'],
        ['5 (knee)', '0.8000', '−3.0000'],
        ['7', '0.5000', '−2.5000'],
        ['model A', '0.1000', '−2.0000'],
      ].flat(),
    );
    expect(body?.markup).toContain('--iteration 5');
  });

  it('is left out where a search has one score, or nothing was measured', () => {
    expect(frontSection(reportRun(), (name) => name)).toBeUndefined();
    expect(frontSection(reportRun({ plan, trials: [] }), (name) => name)).toBeUndefined();
  });
});
