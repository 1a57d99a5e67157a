// Gives what is unreleased in CHANGELOG.md the version and date of today. Called by `npm version`, which then commits and tags.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../CHANGELOG.md', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const text = readFileSync(file, 'utf8');
const date = new Date().toISOString().slice(0, 10);
const released = text.replace(/^## Unreleased$/m, `## ${version} (${date})`);
if (released === text) {
  console.error('CHANGELOG.md has no heading "## Unreleased": nothing to release.');
  process.exit(1);
}
writeFileSync(file, released);
