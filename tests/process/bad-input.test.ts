/** Mistakes of the person at the keyboard: one clear sentence, exit code 2, nothing on stdout, nothing written. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/index.ts';
import { runInProcess } from '../helpers/fake-process.ts';
import { closedUrl } from '../helpers/replay-server.ts';
import { runCli } from '../helpers/run-cli.ts';
import { makeWorkFolder, TINY_PAYLOAD, type WorkFolder } from '../helpers/work-folder.ts';

/** `%` stands for the folder. */
const MERGE = ['--model-a', 'modelA', '--model-b', 'modelB', '--output', 'O', '--folder', '%'];
const SEARCH = ['search', ...MERGE, '--payload', '%/hills.json'];

async function refusal(folder: WorkFolder, args: readonly string[]): Promise<string> {
  const before = folder.files();
  const { code, stdout, stderr } = await runInProcess(args.map((arg) => arg.replace('%', folder.path)));
  expect(stdout).toBe('');
  expect(stderr).not.toMatch(/\n {4}at /);
  expect(stderr).toMatch(/^autombw: .*[.?)]\n$/);
  expect(folder.files()).toEqual(before);
  expect(code).toBe(2);
  return stderr.slice('autombw: '.length, -1).replaceAll(folder.path, '%').replaceAll('\\', '/');
}

describe('the command line', () => {
  const folder = makeWorkFolder();
  it.each<[string, readonly string[], RegExp]>([
    ['an unknown command', ['serch'], /^unknown command 'serch'\. Did you mean "search"\?$/],
    ['an unknown option', [...SEARCH, '--iteratons', '3'], /'--iteratons'\. Did you mean "--iterations"\?$/],
    ['a stray word', [...SEARCH, 'hello'], /^too many arguments for 'search'/],
    ['a missing value', [...SEARCH, '--tally'], /^--tally needs a value, <name>; autombw search --help/],
    ['no payload', ['search', ...MERGE], /^--payload is missing\.$/],
    [
      'text for a number',
      [...SEARCH, '--iterations', 'abc'],
      /^--iterations must be a whole number; got "abc"\.$/,
    ],
    ['half a number', [...SEARCH, '--iterations', '5abc'], /; got "5abc"\.$/],
    ['NaN', [...SEARCH, '--iterations', 'NaN'], /; got "NaN"\.$/],
    ['NaN for a weight', [...SEARCH, '--low', 'NaN'], /^--low must be a number; got "NaN"\.$/],
    ['infinity', [...SEARCH, '--minutes', 'Infinity'], /; got "Infinity"\.$/],
    ['a fraction', [...SEARCH, '--iterations', '2.5'], /; got "2\.5"\.$/],
    ['no iterations', [...SEARCH, '--iterations', '0'], /^--iterations must be at least 1; got 0\.$/],
    [
      'a word for a number of images',
      [...SEARCH, '--images-per-trial', 'some'],
      /^--images-per-trial must be auto, all or a whole number above 0; got "some"\.$/,
    ],
    [
      'a budget that no merge fits into',
      [...SEARCH, '--budget-images', '1'],
      /^--budget-images 1 is less than the 2 images of the payloads, .*: give at least 2\.$/,
    ],
    [
      'minutes under their other name',
      [...SEARCH, '--budget-minutes', 'x'],
      /^--budget-minutes must be a number; got "x"\.$/,
    ],
    ['an impossible port', [...SEARCH, '--port', '99999'], /^--port must be at most 65535; got 99999\.$/],
    ['text for a port', [...SEARCH, '--port', 'seven'], /; got "seven"\.$/],
    [
      'an unknown optimizer',
      [...SEARCH, '--optimizer', 'bayesan'],
      /^There is no optimizer "bayesan"\. Did you mean "bayesian"\?/,
    ],
    [
      'an unknown parameter of an optimizer',
      [...SEARCH, '--optimizer', 'random', '--optimizer-options', 'speed=3'],
      /^Optimizer random: unknown option "speed"; it has none\./,
    ],
    [
      'an unknown scorer',
      [...SEARCH, '--scorer', 'qualty'],
      /^There is no scorer "qualty"\. Did you mean "quality"\?/,
    ],
    ['a scorer’s weight of 0', [...SEARCH, '--scorer', 'quality=0'], /must be a number above 0\.$/],
    [
      'an unknown tally',
      [...SEARCH, '--tally', 'medan'],
      /^There is no tally "medan"\. Did you mean "median"\?/,
    ],
    [
      'an unknown architecture',
      [...SEARCH, '--architecture', 'sd4'],
      /^--architecture must be one of sd1, sd2, sdxl, sd3, .*, flux1, .*; got "sd4"\.$/,
    ],
    [
      'low above high',
      [...SEARCH, '--low', '0.8', '--high', '0.2'],
      /^--low 0\.8 must be below --high 0\.2;/,
    ],
    ['low at high', [...SEARCH, '--low', '1'], /^--low 1 must be below --high 1;/],
    ['a bound out of range', [...SEARCH, '--high', '3'], /^--high must be at most 2; got 3\.$/],
    ['a block with low above high', [...SEARCH, '--block', 'OUT=0.7:0.2'], /OUT.*0\.7.*0\.2/],
    ['an unknown block', [...SEARCH, '--block', 'OUT12=0'], /OUT12/],
    [
      'a block without a weight',
      [...SEARCH, '--block', 'OUT'],
      /must have the form name=value; got "OUT"\.$/,
    ],
    [
      'too few weights to begin with',
      [...SEARCH, '--warm-start', '1,2'],
      /^--warm-start: a list of weights must have 27 numbers .*; got 2\./,
    ],
    ['a weight that is no number', [...SEARCH, '--warm-start', `x${',0'.repeat(26)}`], /^--warm-start: /],
    [
      'two addresses',
      [...SEARCH, '--port', '1', '--webui', 'http://h:1'],
      /--webui .* or --port 1, not both/,
    ],
    [
      'an address that is none',
      [...SEARCH, '--webui', 'two words'],
      /^--webui must be an address such as http:/,
    ],
    [
      'a login without a password, which is not repeated',
      [...SEARCH, '--webui-auth', 'hunter2'],
      /^--webui-auth must be user:password; got "\*\*\*"\.$/,
    ],
    ['an output with a path', [...SEARCH, '--output', 'a/b'], /^--output must be a plain name/],
    ['a file for a folder', [...SEARCH, '--folder', '%/hills.json'], /cannot be written to \(it is a file\)/],
    ['a folder below a file', [...SEARCH, '--folder', '%/hills.json/x'], /hills\.json cannot be written to/],
    ['a config file that is not there', [...SEARCH, '--config', '%/no.json'], /config file .*cannot be read/],
    ['a run that is not there', ['resume', 'nothing'], /^There is no run "nothing"/],
    ['no log to recover', ['recover'], /recover needs --log <file>/],
    ['a log that is not there', ['recover', '--log', '%/no.log'], /^The log .* cannot be read/],
    [
      'a log of nothing',
      ['recover', '--log', '%/hills.json', '--folder', '%'],
      /contains neither scored weights nor a recipe/,
    ],
    ['a history that is not there', ['plot', '%/no.csv'], /^The history .* cannot be read/],
    ['a pattern that fits nothing', ['plot', '%/x*.csv'], /^No file matches/],
    [
      'an image format that is none',
      ['plot', '%/no.csv', '--output', '%/x.gif'],
      /must end in \.svg, \.png or/,
    ],
    [
      'an unknown fault',
      ['simulate', '--fault', 'blck'],
      /^There is no fault "blck"\. Did you mean "black"\?/,
    ],
    ['a fault at no time', ['simulate', '--fault', 'oom@x'], /does not say when/],
    [
      'a lease that any pause outlasts',
      ['worker', '--lease', '0.5'],
      /^--lease must be at least 2; got "0\.5"\.$/,
    ],
    [
      'an impossible port to serve',
      ['simulate', '--port', '70000'],
      /must be from 0 to 65535; got "70000"\.$/,
    ],
    ['a negative latency', ['simulate', '--latency', '-5'], /^--latency must be 0 or more, not -5\.$/],
    ['two models of the same name', ['simulate', '--models', 'A,A'], /models with different names/],
    ['two addresses to examine', ['doctor', '--port', '1', '--webui', 'http://h'], /not both\.$/],
  ])('%s', async (_, args, sentence) => {
    expect(await refusal(folder, args)).toMatch(sentence);
  });

  it('names all that is missing together', async () => {
    const { code, stderr } = await runInProcess(['search']);
    expect(code).toBe(2);
    expect(stderr).toBe(
      'autombw: --payload is missing.\n--model-a is missing.\n--model-b is missing.\n--output is missing.\n' +
        'To be asked for these, run autombw init: it writes a payload and a config.\n',
    );
  });

  it('shows the commands when none is given', async () => {
    const { code, stdout, stderr } = await runInProcess([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: autombw \[options\] \[command\]/);
  });
});

describe('a payload', () => {
  it.each<[string, string | Readonly<Record<string, unknown>>, RegExp]>([
    ['that is empty', '', /^Payload %\/bad\.json is empty\.$/],
    ['that is no JSON', '{nope', /^Payload %\/bad\.json \(JSON, line 1, column 2\): expected a name/],
    ['that is a list', '[]', /must hold one object/],
    ['part', { seed: 1 }, /"prompt" is missing\.$/],
    [
      'with text for a number',
      { ...TINY_PAYLOAD, steps: '20' },
      /"steps" must be a (whole )?number; got "20"\.$/,
    ],
    ['without a size', { ...TINY_PAYLOAD, width: 0 }, /"width" must be at least 8; got 0\.$/],
    ['that switches the model', { ...TINY_PAYLOAD, refiner_checkpoint: 'x' }, /remove "refiner_checkpoint"/],
  ])('%s', async (_, content, sentence) => {
    const folder = makeWorkFolder();
    folder.write('bad.json', content);
    expect(await refusal(folder, ['search', ...MERGE, '--payload', '%/bad.json'])).toMatch(sentence);
  });

  it('that is not there', async () => {
    const folder = makeWorkFolder();
    expect(await refusal(folder, ['search', ...MERGE, '--payload', '%/no.json'])).toMatch(
      /^Payload %\/no\.json cannot be read \(ENOENT/,
    );
  });
});

describe('a config file', () => {
  it.each<[string, string | Readonly<Record<string, unknown>>, RegExp]>([
    ['that is no JSON', '{', /^The config file %\/c\.json is not valid JSON/],
    ['that is a list', '[]', /must hold one JSON object\.$/],
    [
      'with an unknown key',
      { iteratons: 3 },
      /^Unknown key "iteratons" in \S*c\.json\. Did you mean "iterations"\?$/,
    ],
    [
      'with text for a number',
      { iterations: '3' },
      /^"iterations" in \S*c\.json must be a (whole )?number; got "3"\.$/,
    ],
    ['with two addresses', { port: 1, webui: 'http://h:1' }, /not both\.$/],
    ['with an unknown tally', { tally: 'medan' }, /Did you mean "median"/],
  ])('%s', async (_, content, sentence) => {
    const folder = makeWorkFolder();
    folder.write('c.json', content);
    expect(await refusal(folder, [...SEARCH, '--config', '%/c.json'])).toMatch(sentence);
  });
});

// One without its API is given ten seconds for it.
describe('the server', () => {
  const folder = makeWorkFolder();
  const open: { close(): Promise<unknown> }[] = [];

  async function serve(options: SimulatorOptions): Promise<Simulator> {
    const simulator = await startSimulator(options);
    open.push(simulator);
    return simulator;
  }

  /** Some other program that has a page for everything. */
  async function servePage(status: number): Promise<string> {
    const server = createServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<!doctype html><title>Router</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({
      close: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  afterAll(async () => {
    for (const one of open) await one.close();
  });

  it('is not running', async () => {
    expect(await refusal(folder, [...SEARCH, '--webui', await closedUrl()])).toMatch(
      /^Nothing answers at http:\S+ \(ECONNREFUSED\); start the WebUI with --api, or correct the address\.$/,
    );
  });

  it.each([200, 404])('is some other program (status %i)', async (status) => {
    expect(await refusal(folder, [...SEARCH, '--webui', await servePage(status)])).toMatch(
      /^Something answers at .*, but it is not an AUTOMATIC1111 WebUI/,
    );
  });

  it.each<[string, SimulatorOptions, readonly string[], RegExp]>([
    ['runs without its API', { api: false }, [], /runs without its API; restart it with --api\.$/],
    ['lacks the extension', { extensions: [] }, [], /has no extension runtime-block-merge; install/],
    ['requires a login', { auth: 'me:secret' }, [], /requires a login .*as --webui-auth user:password\.$/],
    [
      'rejected the login',
      { auth: 'me:secret' },
      ['--webui-auth', 'me:mistake'],
      /"Incorrect username or password"/,
    ],
    [
      'has no such model',
      {},
      ['--model-b', 'modlB'],
      /^The WebUI has no model "modlB"\. Did you mean "modelB(\.safetensors)?"\?$/,
    ],
    [
      'has one model under both names',
      {},
      ['--model-b', 'modelA.safetensors'],
      /^Model A and model B are the same model .*; choose two different ones\.$/,
    ],
  ])('%s', async (_, options, args, sentence) => {
    const simulator = await serve(options);
    const said = await refusal(folder, [...SEARCH, '--webui', simulator.url, ...args]);
    expect(said).toMatch(sentence);
    expect(said).not.toMatch(/secret|mistake/);
    const { images, requests } = simulator.stats();
    expect({ images, selections: requests['POST /sdapi/v1/options'] ?? 0 }).toEqual({
      images: 0,
      selections: 0,
    });
  });
});

describe('the built program', () => {
  let folder: WorkFolder;
  beforeAll(() => {
    folder = makeWorkFolder();
  });
  const merge = ['--model-a', 'modelA', '--model-b', 'modelB', '--output', 'O'];

  it.each<[string, readonly string[], string]>([
    ['a number that is none', ['--iterations', 'abc'], '--iterations must be a whole number; got "abc".'],
    ['a port of its own', ['--port', '1'], 'Nothing answers at http://127.0.0.1:1'],
    ['a file for a folder', ['--folder', 'hills.json'], 'The folder '],
  ])('keeps its streams apart: %s', async (_, args, beginning) => {
    const given = ['search', '--payload', 'hills.json', ...merge, ...args];
    const { code, stdout, stderr } = await runCli(given, { cwd: folder.path });
    expect(stderr.slice(0, 'autombw: '.length + beginning.length)).toBe(`autombw: ${beginning}`);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(folder.files()).toEqual(['hills.json']);
  });

  it('takes logins from the environment and never shows them', async () => {
    const simulator = await startSimulator({ auth: 'me:secret' });
    const given = ['doctor', '--webui', simulator.url];
    const right = await runCli(given, { cwd: folder.path, env: { AUTOMBW_WEBUI_AUTH: 'me:secret' } });
    const wrong = await runCli(given, { cwd: folder.path, env: { AUTOMBW_WEBUI_AUTH: 'me:guess' } });
    await simulator.close();
    expect(right.stdout).toMatch(/✓ WebUI/);
    expect(wrong.stdout).toMatch(/✗ WebUI .*Incorrect username or password/);
    expect(right.stdout + wrong.stdout + right.stderr + wrong.stderr).not.toMatch(/secret|guess/);
  });
});
