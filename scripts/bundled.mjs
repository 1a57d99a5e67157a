// Which packages become part of dist instead of being installed with autombw: those of package.json's devDependencies
// that the code of src imports. "dependencies" are installed, of "optionalDependencies" the one for the user's system,
// "peerDependencies" are the user's choice.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const { dependencies, optionalDependencies, peerDependencies, devDependencies } = JSON.parse(
  readFileSync(path('package.json'), 'utf8'),
);

/** Files below a folder whose name ends so, with `/` between the parts whatever the system. */
export function filesBelow(folder, ending) {
  return readdirSync(path(folder), { recursive: true })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);
}

/** `@scope/name` or `name` of what an import names. */
export const packageOf = (specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

export const isInstalled = (specifier) => packageOf(specifier) in { ...dependencies, ...peerDependencies };

export const isBundled = (specifier) => packageOf(specifier) in devDependencies && !isInstalled(specifier);

/** @returns what the modules of src import and find in dist/packages; the page in a browser and the charts are bundled apart */
export function bundledSpecifiers() {
  const files = filesBelow('src', '.ts').filter(
    (file) => !file.startsWith('src/page/browser/') && file !== 'src/plot/charts.ts',
  );
  const found = files.flatMap((file) => {
    const text = readFileSync(path(file), 'utf8');
    return [
      ...text.matchAll(/^(?:import|export) (?!type )[^'";]*? from '([^'.][^']*)'/gm),
      ...text.matchAll(/\bimport\('([^'.][^']*)'\)/g),
    ].map(([, specifier]) => specifier);
  });
  return [...new Set(found)].filter(isBundled).toSorted();
}

/** Where the module lies in dist, without its ending: `packages/zod/index`. */
export const placeOf = (specifier) => `packages/${specifier.replace('@', '')}/index`;

/** A path from one file of dist to another, as an import says it. */
export function relative(from, to) {
  const up = from.split('/').length - 1;
  return join(up === 0 ? '.' : '../'.repeat(up), to)
    .replaceAll('\\', '/')
    .replace(/^(?!\.)/, './');
}

/**
 * Everything that reaches a user, installed or bundled, down to what packages need themselves.
 * @returns places in the lockfile, as `node_modules/zod`
 */
export function shippedPlaces() {
  const { packages } = JSON.parse(readFileSync(path('package-lock.json'), 'utf8'));
  const shipped = new Set();
  const add = (name, from) => {
    // As Node looks for it: in the nearest folder first.
    let folder = from;
    while (folder !== '' && !(`${folder}/node_modules/${name}` in packages))
      folder = folder.replace(/\/?node_modules\/(?:@[^/]+\/)?[^/]+$/, '');
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (shipped.has(place) || !(place in packages)) return;
    shipped.add(place);
    const { dependencies: needed, optionalDependencies: wished } = packages[place];
    for (const inner of Object.keys({ ...needed, ...wished })) add(inner, place);
  };
  const bundled = bundledSpecifiers().map(packageOf);
  const installed = Object.keys({ ...dependencies, ...optionalDependencies });
  for (const name of [...installed, ...bundled, 'echarts', 'preact']) add(name, '');
  return shipped;
}
