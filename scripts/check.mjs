// All checks at the same time; what a failed one printed comes last.
import { spawn } from 'node:child_process';

const CHECKS = ['typecheck', 'lint', 'unused', 'format:check', 'words', 'spelling'];

const results = await Promise.all(CHECKS.map(run));
for (const { check, code, output } of results) {
  console.log(`${code === 0 ? 'passed' : 'FAILED'}  ${check}`);
  if (code !== 0) console.log(output);
}
process.exit(results.every(({ code }) => code === 0) ? 0 : 1);

function run(check) {
  // npm itself sets npm_execpath for the scripts that it runs; on Windows npm is no program but a script.
  const cli = process.env['npm_execpath'];
  const [command, given] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  const child = spawn(command, [...given, 'run', '--silent', check], {
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: command === 'npm' && process.platform === 'win32',
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ check, code: 1, output: error.message }));
    child.on('close', (code) => resolve({ check, code, output }));
  });
}
