// Known weaknesses of what reaches a user. `npm audit --omit=dev` would leave out the packages that are bundled into dist:
// they stand among the devDependencies, with the tools that only this repository uses.
import { spawnSync } from 'node:child_process';
import { path, shippedPlaces } from './bundled.mjs';

const { stdout, stderr } = spawnSync('npm', ['audit', '--json'], {
  cwd: path('.'),
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
  shell: process.platform === 'win32',
});
const { vulnerabilities } = JSON.parse(stdout || '{}');
if (vulnerabilities === undefined) {
  console.error(`npm audit gave no report.\n${stderr}`);
  process.exit(1);
}
const shipped = shippedPlaces();
const found = Object.values(vulnerabilities).filter(({ nodes }) => nodes.some((node) => shipped.has(node)));
for (const { name, severity, range, via } of found) {
  const titles = via.flatMap((cause) => (typeof cause === 'string' ? [] : [`${cause.title} (${cause.url})`]));
  console.log(`${name} ${range}: ${severity}. ${titles.join('; ')}`);
}
console.log(
  `${shipped.size} packages reach users, ${found.length} of them ${found.length === 1 ? 'has' : 'have'} a known weakness.`,
);
process.exit(found.length === 0 ? 0 : 1);
