// Bundles the live page into one file that asks for nothing else: dist/page/live-page.html.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const { outputFiles } = await build({
  entryPoints: [path('src/page/browser/main.tsx')],
  bundle: true,
  write: false,
  minify: true,
  format: 'esm',
  target: ['es2022'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'inline',
  charset: 'utf8',
  logLevel: 'warning',
});
const script = (outputFiles[0]?.text ?? '').replaceAll('</script', String.raw`<\/script`).trim();
const folder = path('src/page/browser');
// The page's own style comes first: those of its views build on it.
const styles = readdirSync(folder, { recursive: true })
  .filter((name) => name.endsWith('.css'))
  .toSorted(
    (one, other) => one.split(/[\\/]/).length - other.split(/[\\/]/).length || (one < other ? -1 : 1),
  );
const style = styles.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>autombw</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<a class="skip-link" href="#content">Skip to content</a>
<div id="app"><noscript>This page needs JavaScript.</noscript></div>
<script type="module">${script}</script>
</body>
</html>
`;
mkdirSync(path('dist/page'), { recursive: true });
writeFileSync(path('dist/page/live-page.html'), html);
