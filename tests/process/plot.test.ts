/** What only a process of its own can show: that it ends, and that no font of the system is used. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderPlot } from '../../src/plot/index.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { runCli } from '../helpers/run-cli.ts';
import { PATIENCE } from '../setup/settings.ts';
import { runOf } from '../unit/plot/make-runs.ts';

const run = promisify(execFile);
/** As they are published: `dist/plot` with `assets` beside `dist`. */
const MODULE = JSON.stringify(new URL('../../dist/plot/index.js', import.meta.url).href);
/** Milliseconds after which a process that hangs is killed: its test fails. */
const HANGS = 60_000 * PATIENCE;
let folder = '';

beforeAll(async () => {
  folder = temporaryFolder('plot');
  await writeFile(path.join(folder, 'draw.mjs'), DRAW);
});

const RUN = runOf('a run', [0.3, null, 0.5]);

const DRAW = `
import { createHash } from 'node:crypto';
import { renderPlot } from ${MODULE};
const runs = [JSON.parse(process.argv[2])];
for (const format of ['svg', 'png', 'html']) {
  const file = await renderPlot(runs, { format, view: 'both' });
  console.log(format, createHash('sha256').update(file).digest('hex'));
}
`;

async function draw(env: NodeJS.ProcessEnv): Promise<string> {
  const file = path.join(folder, 'draw.mjs');
  const { stdout } = await run(process.execPath, [file, JSON.stringify(RUN)], { env, timeout: HANGS });
  return stdout;
}

describe('a process that draws', () => {
  it('ends by itself, and draws the same without any font on the machine', async () => {
    const config = path.join(folder, 'no-fonts.conf');
    await writeFile(config, '<?xml version="1.0"?><fontconfig><dir>/nowhere</dir></fontconfig>');
    const bare = { ...process.env, FONTCONFIG_FILE: config, FONTCONFIG_PATH: folder, HOME: folder };
    const expected = await Promise.all(
      (['svg', 'png', 'html'] as const).map(async (format) => {
        const file = await renderPlot([RUN], { format, view: 'both' });
        return `${format} ${createHash('sha256').update(file).digest('hex')}\n`;
      }),
    );
    expect(await draw(process.env)).toBe(expected.join(''));
    expect(await draw(bare)).toBe(expected.join(''));
  });

  it('draws over the images that a history tells, and says where one does not', async () => {
    const columns = [...Array(27).keys()].join(',');
    const rows = [4, 12, 4].map(
      (images, i) => `${Array(27).fill('0.5').join(',')},0.${i + 1},1.0,1.0,${images}`,
    );
    const lines = [`${columns},score,eval_times,iter_times,images`, ...rows];
    await writeFile(path.join(folder, 'h.csv'), lines.join('\n'));
    await writeFile(
      path.join(folder, 'old.csv'),
      lines.map((line) => line.replace(/,[^,]*$/, '')).join('\n'),
    );
    const plot = async (...args: string[]) => runCli(['plot', ...args], { cwd: folder });
    const uneven = await plot('h.csv');
    expect(uneven.stdout).toMatch(/best 0\.3000 at iteration 3 of 3, 20 images\n$/);
    expect(uneven.stderr).toMatch(/^! h\.csv: its scores come from 4 to 12 images each, .* comparable\.\n$/);
    expect((await plot('old.csv')).stderr).toBe('');
    expect((await plot('h.csv', '--x', 'iterations')).stdout).toMatch(/best 0\.3000 at iteration 3 of 3\n$/);
    expect(JSON.parse((await plot('h.csv', 'old.csv', '--json')).stdout)).toMatchObject({
      runs: [{ images: 20 }, { images: null }],
    });
    expect(await plot('old.csv', '--x', 'images')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^autombw: old does not say how many images .*--x iterations\.\n$/),
    });
  });

  it('finds a run by the name of its merged model', async () => {
    const work = path.join(temporaryFolder('plot-name'), 'csv/history/A - B');
    await mkdir(work, { recursive: true });
    await cp(
      'tests/fixtures/journals/v0.1.0.journal.jsonl',
      path.join(work, 'k-0-2026-01-01-00-00-00.journal.jsonl'),
    );
    const cwd = path.resolve(work, '../../..');
    const { code, stdout } = await runCli(['plot', 'k', '--json'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('k-0-2026-01-01-00-00-00.journal.jsonl');
    const unknown = await runCli(['plot', 'j'], { cwd });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no run "j"') });
  });

  it('loads neither charts nor resvg before something is drawn', async () => {
    const file = path.join(folder, 'terminal.mjs');
    await writeFile(file, REFUSING);
    const { stdout } = await run(process.execPath, [file, JSON.stringify(RUN)], { timeout: HANGS });
    expect(stdout).toContain('best 0.5000 at iteration 3 of 3, 1 failed');
    expect(stdout).toMatch(/refused .*charts/);
  });
});

/** Refuses to load what is dear; that it would have been asked for shows that the refusal works. */
const REFUSING = `
import { register } from 'node:module';
const hook = "export async function resolve(name, context, next) {" +
  "if (/[/]charts[.]|resvg/.test(name)) throw new Error('refused ' + name); return next(name, context); }";
register('data:text/javascript,' + encodeURIComponent(hook));
const { drawInTerminal, renderPlot } = await import(${MODULE});
const runs = [JSON.parse(process.argv[2])];
console.log(drawInTerminal(runs, { width: 80, height: 24, colour: false }));
await renderPlot(runs, { format: 'svg', view: 'both' }).catch((error) => console.log(error.message));
`;
