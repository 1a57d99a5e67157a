// Builds dist: compiles src, then puts the page and the packages that are not installed with this one into it.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = (...words) => execFileSync(process.execPath, words, { cwd: root, stdio: 'inherit' });

node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
for (const part of ['page', 'packages', 'types']) node(`scripts/build-${part}.mjs`);
