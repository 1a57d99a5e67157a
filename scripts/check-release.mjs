// Do a tag, package.json, the package of the tiny world and CHANGELOG.md tell of one version? Called by the release workflow.
import { readFileSync } from 'node:fs';

const read = (file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const [tag = ''] = process.argv.slice(2);
const { version, peerDependencies } = JSON.parse(read('package.json'));
const world = JSON.parse(read('assets/tiny-world/package.json'));
const faults = [
  ...(tag === `v${version}` ? [] : [`the tag is "${tag}", package.json says ${version}`]),
  ...(peerDependencies[world.name] === world.version
    ? []
    : [`package.json asks for ${world.name} ${peerDependencies[world.name]}, which is ${world.version}`]),
  ...(new RegExp(`^## .*${version.replaceAll('.', String.raw`\.`)}`, 'm').test(read('CHANGELOG.md'))
    ? []
    : [`CHANGELOG.md has no heading for ${version}`]),
];
for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);
