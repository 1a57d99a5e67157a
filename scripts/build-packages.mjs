// Bundles packages into dist: ECharts as far as src/plot/charts.ts uses it, into that file; the others into
// dist/packages, where the compiled files then find them. Installed, these packages take many times the room: they bring
// types twice, sources, translations and parts that nothing here uses.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build, transform } from 'esbuild';
import { bundledSpecifiers, filesBelow, path, placeOf, relative } from './bundled.mjs';
import { writeNotices } from './bundled-notices.mjs';

const specifiers = bundledSpecifiers();

/** What Node itself finds in a package, under the same names: of CommonJS, too, of which a bundler alone would give the default only. */
const asNodeSees = {
  name: 'as Node sees it',
  setup(builder) {
    builder.onResolve({ filter: /^all-of:/ }, ({ path: given }) => ({
      path: given.slice('all-of:'.length),
      namespace: 'all-of',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'all-of' }, async ({ path: specifier }) => {
      const names = Object.keys(await import(specifier)).filter((name) => name !== 'module.exports');
      return { contents: `export { ${names.join(', ')} } from '${specifier}';`, resolveDir: path('.') };
    });
  },
};

/** Fifty languages of messages that nobody sees: ours are in English. */
const englishAlone = {
  name: 'English alone',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

const { metafile } = await build({
  entryPoints: {
    'plot/charts': path('src/plot/charts.ts'),
    ...Object.fromEntries(specifiers.map((specifier) => [placeOf(specifier), `all-of:${specifier}`])),
  },
  outdir: path('dist'),
  chunkNames: 'packages/shared/[hash]',
  absWorkingDir: path('.'),
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: ['node20.19'],
  define: { 'process.env.NODE_ENV': '"production"' },
  // Packages in CommonJS ask for Node's own modules with `require`.
  banner: {
    js: "import { createRequire as requireOf } from 'node:module';\nconst require = requireOf(import.meta.url);",
  },
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
  metafile: true,
  plugins: [asNodeSees, englishAlone],
});

const written = new Set(Object.keys(metafile.outputs));
if (existsSync(path('dist/packages')))
  for (const file of filesBelow('dist/packages', '.js')) if (!written.has(file)) rmSync(path(file));

// A file that was compiled before stays as it is: neither a package nor a comment is found in it.
await Promise.all(
  filesBelow('dist', '.js')
    .filter((file) => !written.has(file))
    .map(async (file) => {
      const before = readFileSync(path(file), 'utf8');
      const from = file.slice('dist/'.length);
      const pointed = before.replaceAll(
        /\b(from |import |import\()(["'])([^"'.][^"']*)\2/g,
        (whole, words, quote, specifier) =>
          specifiers.includes(specifier)
            ? `${words}${quote}${relative(from, `${placeOf(specifier)}.js`)}${quote}`
            : whole,
      );
      // The comments are in the sources; who reads types finds theirs in the declarations.
      const after = /(?:^|\s)\/[/*]/.test(pointed)
        ? (await transform(pointed, { target: 'node20.19', charset: 'utf8', legalComments: 'none' })).code
        : pointed;
      if (after !== before) writeFileSync(path(file), after);
    }),
);

writeNotices(Object.keys(metafile.inputs));
