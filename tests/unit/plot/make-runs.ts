/** Runs for the tests of plots: from scores, and from a real history. */
import { readFileSync } from 'node:fs';
import type { PlotRun, PlotTrial } from '../../../src/plot/plot-run.ts';
import { SEARCH_ORDER, weightsFromList } from '../../../src/architectures/sd-lists.ts';

/** `null` = failed. The weights of trial i are all (i + 1) / (number of trials). */
export function runOf(name: string, scores: readonly (number | null)[]): PlotRun {
  const trials = scores.map((score, index): PlotTrial => {
    const weight = (index + 1) / scores.length;
    return {
      score,
      weights: weightsFromList(
        SEARCH_ORDER.map(() => weight),
        'search',
      ),
    };
  });
  return { name, trials };
}

/** 102 trials of a real search; the best is trial 77 with 0.5242. */
export function realRun(): PlotRun {
  const file = new URL('../../fixtures/plot/history.csv', import.meta.url);
  const rows = readFileSync(file, 'utf8').trim().split(/\r?\n/).slice(1);
  const trials = rows.map((row): PlotTrial => {
    const cells = row.split(',').map(Number);
    return { score: cells[27] ?? null, weights: weightsFromList(cells.slice(0, 27), 'search') };
  });
  return { name: '02b-AstolfoMix', trials, origin: 'history.csv' };
}

export function countOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

/** The texts that an SVG shows, in order. */
export function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);
}

/** The run with its baselines measured before everything else. */
export function withBaselines(run: PlotRun, scores: Readonly<Record<string, number>>): PlotRun {
  const baselines = Object.entries(scores).map(([baseline, score]) => ({ score, weights: {}, baseline }));
  return { ...run, trials: [...baselines, ...run.trials] };
}
