/** The figure as one HTML file: the drawing with hover texts, and the numbers as tables. No script, no request. */
import type { Figure } from './figure.ts';
import { equalityInWords } from './equal-runs.ts';
import { accentOf, MOST_COLOURS } from './palette.ts';
import { baselineInWords, meanScore } from './payload-scores.ts';
import { formatShort } from './scale.ts';
import { blocksShown } from './series.ts';
import type { RunSeries } from './series.ts';
import { escaped } from './svg.ts';
import { cleanName } from './words.ts';

export function pageOf(all: readonly RunSeries[], figure: Figure, svg: string): string {
  // Inside a page SVG needs no namespace: the file then names no address at all.
  const scalable = svg
    .replace(/^<svg (.*?)width="\d+" height="\d+"/, '<svg $1')
    .replace(/ xmlns="[^"]*" xmlns:xlink="[^"]*"/, '');
  const tables = [runsTable(all), baselinesTable(all), weightsTable(all), payloadsTable(all)].filter(
    (table) => table !== '',
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(figure.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${scalable.trimEnd()}
${tables.join('\n')}
</main>
</body>
</html>
`;
}

const STYLE = `
body { margin: 0; background: #fff; color: #1f2328; font: 14px/1.5 Inter, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1280px; margin: 0 auto; padding: 8px 8px 48px; }
svg { display: block; width: 100%; height: auto; }
svg text { pointer-events: none; }
section { margin: 24px 24px 0; overflow-x: auto; }
h2 { font-size: 14px; margin: 0 0 6px; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 14px 3px 0; text-align: right; white-space: nowrap; border-bottom: 1px solid #e7e9ec; }
th { font-weight: 400; color: #6a7078; }
th:first-child, td:first-child { text-align: left; }
i { display: inline-block; width: 10px; height: 10px; border-radius: 5px; margin-right: 7px; }
`;

function runsTable(all: readonly RunSeries[]): string {
  const isOverImages = all[0]?.axis === 'images';
  const rows = all.map((run, index) => [
    named(run, index, all),
    escaped(run.origin ?? ''),
    String(run.length),
    String(run.failed.length),
    run.best === undefined ? '–' : formatShort(run.best.score, 6),
    run.best === undefined ? '–' : String(run.best.number),
    ...(isOverImages ? [String(run.end)] : []),
  ]);
  const head = ['run', 'from', 'iterations', 'failed', 'best score', 'at iteration'];
  return table('Runs', isOverImages ? [...head, 'images'] : head, rows);
}

/** One row a baseline, one column a run. */
function baselinesTable(all: readonly RunSeries[]): string {
  const names = [...new Set(all.flatMap(({ baselines }) => baselines.map(({ name }) => name)))];
  if (names.length === 0) return '';
  const rows = names.map((name) => [
    escaped(baselineInWords(name)),
    ...all.map(({ baselines }) => {
      const score = baselines.find((baseline) => baseline.name === name)?.score;
      return score === undefined ? '–' : formatShort(score, 6);
    }),
  ]);
  return table('Scores of the baselines', ['baseline', ...all.map(named)], rows);
}

/** One row a block, one column a run: the order of the drawing above it. */
function weightsTable(all: readonly RunSeries[]): string {
  const blocks = blocksShown(all);
  const found = all.some(({ best }) => best !== undefined);
  if (blocks.length === 0 || !found) return '';
  const rows = blocks.map((block) => [
    escaped(block),
    ...all.map(({ best }) => {
      const weight = best?.trial.weights[block];
      return weight === undefined ? '–' : formatShort(weight, 4);
    }),
  ]);
  return table('Weights of the best', ['block', ...all.map(named)], rows);
}

/** Mean score by payload in the best iteration and, in brackets, over all iterations of the run. */
function payloadsTable(all: readonly RunSeries[]): string {
  const payloads = new Set<string>();
  for (const { best } of all) for (const { payload } of best?.trial.images ?? []) payloads.add(payload);
  if (payloads.size === 0) return '';
  const rows = [...payloads].map((payload) => [
    escaped(cleanName(payload)),
    ...all.map(({ best, trials }) => {
      const inBest = best === undefined ? undefined : meanScore([best.trial], payload);
      const overall = meanScore(trials, payload);
      return inBest === undefined || overall === undefined
        ? '–'
        : `${formatShort(inBest, 4)} (${formatShort(overall, 4)})`;
    }),
  ]);
  return table(
    'Mean score of the best by payload (of all iterations in brackets)',
    ['payload', ...all.map(named)],
    rows,
  );
}

/** With its colour, or its number where there are more runs than colours. */
function named(run: RunSeries, index: number, all: readonly RunSeries[]): string {
  const isMany = all.length > MOST_COLOURS;
  const sign = isMany ? `${index + 1} ` : `<i style="background:${accentOf(index, all.length)}"></i>`;
  const equal = equalityInWords(run);
  return `${sign}${escaped(run.name)}${equal === undefined ? '' : ` (${escaped(equal)})`}`;
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: 'th' | 'td', row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return [
    `<section>\n<h2>${title}</h2>\n<table>`,
    cells('th', head),
    ...rows.map((row) => cells('td', row)),
    '</table>\n</section>',
  ].join('\n');
}
