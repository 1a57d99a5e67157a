/** The figure as one HTML file: the drawing with hover texts, and the numbers as tables. No script, no request. */
import type { Figure } from './figure.ts';
import { accentOf } from './palette.ts';
import { formatShort } from './scale.ts';
import { blocksShown } from './series.ts';
import type { PlotTrial, RunSeries } from './series.ts';
import { escaped } from './svg.ts';

export function pageOf(all: readonly RunSeries[], figure: Figure, svg: string): string {
  // Inside a page SVG needs no namespace: the file then names no address at all.
  const scalable = svg
    .replace(/^<svg (.*?)width="\d+" height="\d+"/, '<svg $1')
    .replace(/ xmlns="[^"]*" xmlns:xlink="[^"]*"/, '');
  const tables = [runsTable(all), weightsTable(all), payloadsTable(all)].filter((table) => table !== '');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
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
    named(run, index),
    escaped(run.origin ?? ''),
    String(run.length),
    String(run.failed.length),
    run.best === undefined ? '–' : formatShort(run.best.score, 6),
    run.best === undefined ? '–' : String(run.best.iteration),
    ...(isOverImages ? [String(run.end)] : []),
  ]);
  const head = ['run', 'from', 'trials', 'failed', 'best score', 'at trial'];
  return table('Runs', isOverImages ? [...head, 'images'] : head, rows);
}

/** One row a run, one column a block: the order of the drawing above it. */
function weightsTable(all: readonly RunSeries[]): string {
  const blocks = blocksShown(all);
  const found = all.some(({ best }) => best !== undefined);
  if (blocks.length === 0 || !found) return '';
  const rows = blocks.map((block) => [
    block,
    ...all.map(({ best }) => {
      const weight = best?.trial.weights[block];
      return weight === undefined ? '–' : formatShort(weight, 4);
    }),
  ]);
  return table('Weights of the best', ['block', ...all.map(named)], rows);
}

/** Mean score by payload in the best trial and, in brackets, over all trials of the run. */
function payloadsTable(all: readonly RunSeries[]): string {
  const payloads = new Set<string>();
  for (const { best } of all) for (const { payload } of best?.trial.images ?? []) payloads.add(payload);
  if (payloads.size === 0) return '';
  const rows = [...payloads].map((payload) => [
    escaped(payload),
    ...all.map(({ best, trials }) => {
      const inBest = best === undefined ? undefined : meanOf([best.trial], payload);
      const overall = meanOf(trials, payload);
      return inBest === undefined || overall === undefined
        ? '–'
        : `${formatShort(inBest, 4)} (${formatShort(overall, 4)})`;
    }),
  ]);
  return table(
    'Mean score of the best by payload (of all trials in brackets)',
    ['payload', ...all.map(named)],
    rows,
  );
}

function meanOf(trials: readonly PlotTrial[], payload: string): number | undefined {
  const scores = trials.flatMap(({ images = [] }) =>
    images.filter((image) => image.payload === payload).map(({ score }) => score),
  );
  return scores.length === 0 ? undefined : scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

function named(run: RunSeries, index: number): string {
  return `<i style="background:${accentOf(index)}"></i>${escaped(run.name)}`;
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
