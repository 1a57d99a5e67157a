// What was put into dist asks for its licence to go along, and who looks for known weaknesses has to find it:
// dist/bundled-licences.txt for people, dist/bundled.cdx.json (CycloneDX) for the tools of auditors.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { path } from './bundled.mjs';

/** @param inputs files of a bundle, relative to the repository */
export function writeNotices(inputs) {
  const folders = inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []);
  // Preact is in the page.
  const packages = [...new Set([...folders, 'node_modules/preact'])]
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(path(`${folder}/package.json`), 'utf8'));
      return { name, version, license, texts: licenceTexts(name, folder) };
    })
    .toSorted((one, other) => (`${one.name}@${one.version}` < `${other.name}@${other.version}` ? -1 : 1));
  const notices = packages.map(({ name, version, texts }) =>
    [`${name} ${version}`, '='.repeat(40), ...texts].join('\n\n'),
  );
  writeFileSync(
    path('dist/bundled-licences.txt'),
    `Packages that are part of files in this folder.\n\n\n${notices.join('\n\n\n')}\n`,
  );
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    components: packages.map(({ name, version, license }) => ({
      type: 'library',
      name,
      version,
      purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
      licenses: [{ license: { id: license } }],
    })),
  };
  writeFileSync(path('dist/bundled.cdx.json'), `${JSON.stringify(bill, null, 1)}\n`);
}

function licenceTexts(name, folder) {
  const own = readdirSync(path(folder)).filter((file) => /^(?:licen[cs]e|notice)(?:\.\w+)?$/i.test(file));
  const kept = readdirSync(path('scripts/licences')).filter((file) => file === `${name}.txt`);
  const texts = [
    ...own.map((file) => path(join(folder, file))),
    // What ECharts itself has from others.
    ...(name === 'echarts' ? [path(`${folder}/licenses/LICENSE-d3`)] : []),
    ...kept.map((file) => path(`scripts/licences/${file}`)),
  ].map((file) => readFileSync(file, 'utf8').trim());
  if (texts.length === 0) throw new Error(`${name} has no licence to go along`);
  return texts;
}
