// Makes a bare clone ready: installs from the lockfile when node_modules is missing or older, then builds.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`autombw needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}

// npm writes this file at the end of an install: its age is that of node_modules.
const installed = path('node_modules/.package-lock.json');
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(path('package-lock.json')).mtimeMs) {
  console.error('Installing the packages of package-lock.json …');
  npm(['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']);
}
execFileSync(process.execPath, [path('scripts/build.mjs')], { stdio: 'inherit' });

function npm(args) {
  // npm itself sets npm_execpath for the scripts that it runs; on Windows npm is no program but a script.
  const cli = process.env['npm_execpath'];
  if (cli?.endsWith('.js'))
    execFileSync(process.execPath, [cli, ...args], { cwd: root, stdio: ['ignore', 2, 'inherit'] });
  else
    execFileSync('npm', args, {
      cwd: root,
      stdio: ['ignore', 2, 'inherit'],
      shell: process.platform === 'win32',
    });
}
