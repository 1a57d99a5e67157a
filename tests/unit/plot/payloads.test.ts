import { describe, expect, it } from 'vitest';
import { renderPlot } from '../../../src/plot/index.ts';
import type { PlotRun, PlotTrial } from '../../../src/plot/index.ts';
import { referenceOf } from '../../../src/plot/payload-scores.ts';
import { seriesOf } from '../../../src/plot/series.ts';
import { runOf, textsOf } from './make-runs.ts';

const svg = (runs: readonly PlotRun[]): Promise<string> =>
  renderPlot(runs, { format: 'svg', view: 'reward' });
const html = (runs: readonly PlotRun[]): Promise<string> =>
  renderPlot(runs, { format: 'html', view: 'reward' });

/** Its score is the mean of the payloads'. */
function trialOf(scores: Readonly<Record<string, number>>, baseline?: string): PlotTrial {
  const images = Object.entries(scores).map(([payload, score]) => ({ payload, score }));
  const score = images.reduce((sum, image) => sum + image.score, 0) / images.length;
  return { score, weights: { IN00: 0.5 }, images, baseline };
}

const RUN: PlotRun = {
  name: 'a',
  trials: [
    trialOf({ portrait: 0.3, city: 0.4 }, 'A'),
    trialOf({ portrait: 0.5, city: 0.45 }, 'B'),
    trialOf({ portrait: 0.2, city: 0.2 }),
    trialOf({ portrait: 0.6, city: 0.44 }),
  ],
};

describe('the score by payload', () => {
  it('compares the best with the highest baseline', async () => {
    const texts = textsOf(await svg([RUN]));
    expect(texts).toEqual(
      expect.arrayContaining(['Score by payload', 'portrait', 'city', 'model B', 'best']),
    );
    const page = await html([RUN]);
    expect(page).toContain('<title>city, model B: 0.4500</title>');
    expect(page).toContain('<title>city, a, best: 0.4400</title>');
  });

  it('compares with the first iteration where there is no baseline, and with nothing where that is the best', () => {
    const [plain, alone] = seriesOf([
      { name: 'a', trials: RUN.trials.filter(({ baseline }) => baseline === undefined) },
      { name: 'b', trials: RUN.trials.slice(3) },
    ]);
    expect(plain && referenceOf(plain)?.words).toBe('iteration 1');
    expect(alone && referenceOf(alone)).toBeUndefined();
  });

  it('is left out where it would be the score itself', async () => {
    const single = { name: 'a', trials: [trialOf({ portrait: 0.3 }), trialOf({ portrait: 0.4 })] };
    for (const run of [single, runOf('b', [0.1])]) {
      expect(textsOf(await svg([run]))).not.toContain('Score by payload');
    }
  });

  it('does not stand beside the loss, which is turned round', async () => {
    for (const view of ['loss', 'both'] as const) {
      expect(textsOf(await renderPlot([RUN], { format: 'svg', view }))).not.toContain('Score by payload');
    }
  });

  it('shows of very many payloads those with the largest differences, and says so', async () => {
    const scores = (shift: number): Record<string, number> =>
      Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`payload ${i}`, 0.5 + shift * i]));
    const texts = textsOf(await svg([{ name: 'a', trials: [trialOf(scores(0)), trialOf(scores(0.001))] }]));
    expect(texts).toContain('payload 49');
    expect(texts).not.toContain('payload 1');
  });

  it('has a row a run for many runs', async () => {
    const many = Array.from({ length: 9 }, (_, i) => ({ ...RUN, name: `run ${i}` }));
    const texts = textsOf(await svg(many));
    expect(texts.filter((text) => text === '0.44')).not.toHaveLength(0);
    expect(await html(many)).toContain('<title>run 8, best: city 0.44</title>');
  });

  it('lets no control character of a name into the file', async () => {
    const odd = {
      name: 'a',
      trials: [trialOf({ 'x\u0007': 0.1, y: 0.3 }), trialOf({ 'x\u0007': 0.4, y: 0.3 })],
    };
    expect(await html([odd])).not.toContain('\u0007');
    expect(await svg([odd])).not.toContain('\u0007');
  });
});

describe('the importance', () => {
  const importance = [
    { name: 'IN00', total: 0.4, low: 0.3, high: 0.5 },
    { name: 'M00+OUT00', total: 0.2, low: 0.1, high: 0.3 },
  ];

  it('has a bar a block with its interval, also for blocks that share a weight', async () => {
    const page = await html([{ ...runOf('a', [0.1, 0.2]), importance }]);
    expect(page).toContain('Importance of the blocks');
    expect(page).toContain('<title>IN00: 40 % (30 % to 50 %)</title>');
    expect(page).toContain('<title>M00: 20 % (10 % to 30 %)</title>');
    expect(page).toContain('<title>OUT00: 20 % (10 % to 30 %)</title>');
    expect(page).not.toContain('<title>IN01: ');
  });

  it('has the bar of the nearest knot for blocks on a curve', async () => {
    const knot = { name: 'IN@0', blocks: ['IN00', 'IN01'], total: 0.6, low: 0.5, high: 0.7 };
    const page = await html([{ ...runOf('a', [0.1, 0.2]), importance: [...importance.slice(1), knot] }]);
    expect(page).toContain('<title>IN01: 60 % (50 % to 70 %)</title>');
    expect(page).toContain('blocks on a curve: value of the nearest knot');
    expect(await html([{ ...runOf('a', [0.1, 0.2]), importance }])).not.toContain('on a curve');
  });

  it('is not drawn of several runs, nor of none that is known', async () => {
    const run = { ...runOf('a', [0.1, 0.2]), importance };
    expect(textsOf(await svg([run, run]))).not.toContain('Importance of the blocks');
    expect(textsOf(await svg([runOf('a', [0.1])]))).not.toContain('Importance of the blocks');
  });
});
