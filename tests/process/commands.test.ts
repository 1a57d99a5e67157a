/** The small commands, and the help of all. */
import { cpSync, readFileSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator/index.ts';
import { runInProcess } from '../helpers/fake-process.ts';
import { closedUrl } from '../helpers/replay-server.ts';
import { runCli, startSimulatorProcess } from '../helpers/run-cli.ts';
import { makeWorkFolder } from '../helpers/work-folder.ts';
import { endedPid } from '../helpers/ended-process.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const COMMANDS = [
  'search',
  'resume',
  'status',
  'pause',
  'go-on',
  'stop',
  'reject',
  'next',
  'recover',
  'plot',
  'explain',
  'simulate',
  'demo',
  'optimizers',
  'methods',
  'simulate-search',
  'doctor',
  'schema',
  'init',
  'payload',
  'convert',
  'presets',
  'history',
  'compare',
];

async function ok(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runInProcess(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

describe('help', () => {
  it('lists every command with a line of its own', async () => {
    const { code, stdout, stderr } = await runCli(['--help'], { cwd: ROOT });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command} .*\\w`, 'm'));
  });

  it.each(COMMANDS)('explains %s', async (command) => {
    const text = await ok([command, '--help']);
    expect(text).toMatch(new RegExp(`^Usage: autombw ${command}`));
    expect(text).toMatch(/^ +-h, --help +\S/m);
  });

  it('shows every option of the config file with its default', async () => {
    const text = await ok(['search', '--help']);
    const schema = JSON.parse(await ok(['schema'])) as {
      properties: Record<string, { description?: string; type?: string; default?: unknown }>;
    };
    const options = Object.entries(schema.properties).filter(
      ([, { description }]) => description !== undefined,
    );
    expect(options.length).toBeGreaterThan(25);
    for (const [key, property] of options) {
      const flag = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const isOn = property.type === 'boolean' && property.default === true;
      expect(text).toContain(isOn ? `--no-${flag}` : `--${flag}`);
    }
    expect(text.replaceAll(/\s+/g, ' ')).toContain('Maximum number of iterations (default: 270)');
  });
});

it('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(await ok(['--version'])).toBe(`${version}\n`);
});

it('schema prints the JSON Schema that the package publishes', async () => {
  const printed: unknown = JSON.parse(await ok(['schema']));
  const published: unknown = JSON.parse(
    readFileSync(path.join(ROOT, 'src/config/search.schema.json'), 'utf8'),
  );
  expect(printed).toEqual(published);
  expect(printed).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    required: ['payload'],
    additionalProperties: false,
  });
});

describe('plot', () => {
  const folder = makeWorkFolder();
  const histories = path.join(ROOT, 'tests/fixtures/astolfomix/histories');
  beforeAll(() => {
    for (const name of [
      '10b-AstolfoMix-_17a_18a-0-2023-11-17-04-13PM-01',
      '20b-AstolfoMix-18b19b-0-2023-11-26-07-42PM-08',
    ]) {
      cpSync(path.join(histories, `${name}.csv`), path.join(folder.path, `${name.slice(0, 3)}.csv`));
    }
  });

  it.each([
    ['x.svg', /^<svg role/],
    ['x.html', /^<!doctype html>/i],
    ['x.PNG', /^.PNG\r\n/],
  ])('draws %s', async (name, beginning) => {
    const output = path.join(folder.path, name);
    expect(await ok(['plot', path.join(folder.path, '10b.csv'), '--output', output])).toBe(`${output}\n`);
    const bytes = readFileSync(output);
    expect(bytes.length).toBeGreaterThan(5000);
    expect(bytes.subarray(0, 100).toString('latin1')).toMatch(beginning);
  });

  it('draws in the terminal when no file is named', async () => {
    const text = await ok(['plot', path.join(folder.path, '10b.csv')]);
    expect(text).toContain('0.574');
    expect(text).not.toMatch(/^.{81,}$/mu);
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/\u001B\[/);
  });

  it('draws all that a pattern fits, and tells what as JSON', async () => {
    const pattern = `${folder.path}/*.csv`;
    const json: unknown = JSON.parse(await ok(['plot', pattern, '--json', '--view', 'loss']));
    expect(json).toMatchObject({
      output: null,
      runs: [
        { name: '10b', best: 0.5744503370048843, bestIteration: 1 },
        { name: '20b', best: expect.any(Number) },
      ],
    });
  });
});

describe('doctor', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ models: ['modelA', 'modelB'] });
  });
  afterAll(async () => {
    await simulator.close();
  });

  it('has a green line for all that is ready', async () => {
    const folder = makeWorkFolder();
    const args = ['doctor', '--webui', simulator.url, '--folder', folder.path];
    const { code, stdout, stderr } = await runInProcess([...args, '--json']);
    const { findings } = JSON.parse(stdout) as { findings: { what: string; ok: boolean; detail: string }[] };
    // How much disk is free depends on the machine; everything else is ready.
    const disk = findings.find(({ what }) => what === 'disk');
    expect(findings.filter(({ ok }) => !ok)).toEqual(disk?.ok === false ? [disk] : []);
    expect(findings.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['WebUI', 'models', 'merging', 'scorers', 'folder', 'disk']),
    );
    expect({ code, stderr }).toEqual({ code: disk?.ok === false ? 1 : 0, stderr: '' });
    const words = await runInProcess(args);
    expect(words.stdout).toMatch(/^✓ models +modelA\.safetensors, modelB\.safetensors$/m);
    expect(words.stdout).toMatch(/^✓ scorers +ready: quality, niqe/m);
    expect(words.stdout).toMatch(/^– scorer http +needs the server$/m);
    expect(words.stdout).toMatch(/^✓ judge +\S/m);
    expect(folder.files()).toEqual(['hills.json']);
  });

  it('finds what killed runs have left in the model folder', async () => {
    const folder = makeWorkFolder();
    const dead = `00000000-${endedPid()}`;
    const work = folder.write(`autombw-work-${dead}-0123abcd-7.safetensors`, 'x');
    const temporary = folder.write(`O.safetensors.${dead}-0123ab.autombw-tmp`, 'x');
    for (const file of [work, temporary]) utimesSync(file, 0, 0);
    const args = ['doctor', '--webui', simulator.url, '--models-dir', folder.path];
    const { code, stdout } = await runInProcess(args);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^✗ leftovers +.*autombw-tmp, .*autombw-work-.* left behind by killed runs: delete them/m,
    );
  });

  it('has a red line with the fix for what is not', async () => {
    const gone = await runInProcess(['doctor', '--webui', await closedUrl()]);
    expect(gone.code).toBe(1);
    expect(gone.stdout).toMatch(/^✗ WebUI +Nothing answers at .*; start the WebUI with --api/m);
    const bare = await startSimulator({ models: ['one'], extensions: [] });
    const { code, stdout } = await runInProcess(['doctor', '--webui', bare.url, '--folder', '/dev/null/x']);
    await bare.close();
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✓ WebUI/m);
    expect(stdout).toMatch(/^✗ models +A merge needs two checkpoints; the WebUI has 1\.$/m);
    expect(stdout).toMatch(/^✗ merging +.*install sd-webui-runtime-block-merge.* Or: .*--models-dir/m);
    expect(stdout).toMatch(/^✗ folder +The folder .* cannot be written to/m);
  });
});

describe('simulate', () => {
  it('serves the models it is told to until it is interrupted', async () => {
    const simulator = await startSimulatorProcess(['--models', 'x, y', '--webui-auth', 'me:pw']);
    const ask = async (headers: Record<string, string>): Promise<Response> =>
      fetch(`${simulator.url}/sdapi/v1/sd-models`, { headers });
    expect((await ask({})).status).toBe(401);
    const reply = await ask({ authorization: `Basic ${btoa('me:pw')}` });
    const models = (await reply.json()) as { model_name: string }[];
    expect(models.map((model) => model.model_name)).toEqual(['x', 'y']);
    expect(await simulator.stop()).toMatchObject({ code: 0, stderr: '' });
  });

  it('says when the port is taken', async () => {
    const simulator = await startSimulator();
    const { code, stdout, stderr } = await runInProcess(['simulate', '--port', String(simulator.port)]);
    await simulator.close();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^autombw: The simulator cannot listen on .*: choose another port with --port, or 0 for any free one\.\n$/,
    );
  });
});
