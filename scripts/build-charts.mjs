// Bundles ECharts, as far as src/plot/charts.ts uses it, into dist/plot/charts.js: installed, the package takes 60 MB.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const { metafile } = await build({
  entryPoints: [path('src/plot/charts.ts')],
  outfile: path('dist/plot/charts.js'),
  absWorkingDir: path('.'),
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: ['node20.19'],
  define: { 'process.env.NODE_ENV': '"production"' },
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
  metafile: true,
});

// What was put into it asks for its licence to go along.
const packages = new Set(
  Object.keys(metafile.inputs).flatMap(
    (file) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [],
  ),
);
const notices = [...packages, 'preact'].toSorted().map((name) => {
  const folder = path(`node_modules/${name}`);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  // Not every package brings its own.
  const texts = ['LICENSE', 'LICENSE.txt', 'NOTICE', 'licenses/LICENSE-d3']
    .map((file) => join(folder, file))
    .concat(path(`scripts/licences/${name}.txt`))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8').trim());
  if (texts.length === 0) throw new Error(`${name} has no licence to go along`);
  return [`${name} ${version}`, '='.repeat(40), ...texts].join('\n\n');
});
mkdirSync(path('dist'), { recursive: true });
writeFileSync(
  path('dist/bundled-licences.txt'),
  `Packages that are part of files in this folder.\n\n\n${notices.join('\n\n\n')}\n`,
);
