// Declarations of what the package exports, and of nothing else: most modules are not to be had from outside, and the
// compiler writes types for all of them (dist/.declarations, which is not published).
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { filesBelow, isBundled, isInstalled, path, placeOf, relative } from './bundled.mjs';

const { exports } = JSON.parse(readFileSync(path('package.json'), 'utf8'));
const IMPORT = /(\bfrom |\bimport\()(["'])([^"']+)\2/g;

/** Text by its place in dist. */
const wanted = new Map();
for (const { types } of Object.values(exports)) if (types !== undefined) add(types.replace('./dist/', ''));

for (const file of filesBelow('dist', '.d.ts'))
  if (!file.startsWith('dist/.declarations/') && !wanted.has(file.slice('dist/'.length))) rmSync(path(file));
for (const [place, text] of wanted) {
  const file = path(`dist/${place}`);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** One of ours, and what it names. */
function add(place) {
  if (wanted.has(place)) return;
  wanted.set(place, '');
  const text = readFileSync(path(`dist/.declarations/${place}`), 'utf8');
  wanted.set(
    place,
    text.replaceAll(IMPORT, (whole, words, quote, specifier) => {
      if (specifier.startsWith('.')) add(declaration(join(dirname(place), specifier)));
      // Types of Node are the user's, as are those of packages that are installed with this one.
      if (!isBundled(specifier)) {
        if (!specifier.startsWith('.') && !/^(?:node:|autombw)/.test(specifier) && !isInstalled(specifier))
          throw new Error(`${place} has types of ${specifier}, which no user of the package has`);
        return whole;
      }
      addForeign(specifier, placeOf(specifier));
      return `${words}${quote}${relative(place, `${placeOf(specifier)}.js`)}${quote}`;
    }),
  );
}

/** The declarations of a package, beside its bundled code. */
function addForeign(specifier, place) {
  const folder = `node_modules/${specifier}`;
  const { exports: entries } = JSON.parse(readFileSync(path(`${folder}/package.json`), 'utf8'));
  copy(folder, declaration(entries['.'].import), dirname(place));
}

function copy(folder, file, to) {
  const place = join(to, file).replaceAll('\\', '/');
  if (wanted.has(place)) return;
  wanted.set(place, '');
  const source = readFileSync(path(join(folder, file)), 'utf8');
  // As in the code: one language.
  const text = /locales[\\/]index\.d\.ts$/.test(file) ? 'export { default as en } from "./en.js";\n' : source;
  wanted.set(place, text);
  for (const [, , , specifier] of text.matchAll(IMPORT)) {
    if (!specifier.startsWith('.')) throw new Error(`${place} has types of ${specifier}`);
    copy(folder, declaration(join(dirname(file), specifier)), to);
  }
}

function declaration(file) {
  return file.replaceAll('\\', '/').replace(/\.[jt]s$/, '.d.ts');
}
