/** A run with every kind of secret writes and says none of them, whether it succeeds or fails. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator/index.ts';
import { runCli, startCli, type CliResult } from '../helpers/run-cli.ts';
import { BASICS, makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';

const servers: http.Server[] = [];
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ auth: 'me:SECRET-api', gradioAuth: 'me:SECRET-gradio' });
});

afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await simulator.close();
});

async function listen(listener: http.RequestListener): Promise<string> {
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Says everything back that it was sent, as servers that are being mended do. */
async function talkativeScorer(status: number): Promise<{ readonly at: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const at = await listen((request, response) => {
    asked.push(`${request.url} ${JSON.stringify(request.headers)}`);
    request.resume().on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ score: 0.5, you: [request.url, request.headers] }));
    });
  });
  return { at, asked };
}

const scorerArgs = (at: string): string[] => [
  '--no-score-cache',
  '--scorer',
  'http',
  ...[
    `url=http://s:SECRET-login@${at}/s?key=SECRET-query&size=2`,
    'authEnv=MY_AUTH',
    'headers={"x-api-key":"SECRET-header","accept":"x/y"}',
  ].flatMap((setting) => ['--scorer-options', `http.${setting}`]),
];

const env = (at: string): Record<string, string> => ({
  AUTOMBW_GRADIO_AUTH: 'me:SECRET-gradio',
  AUTOMBW_ON_EVENT: `http://u:SECRET-event@${at}/SECRET-topic`,
  MY_AUTH: 'Bearer SECRET-bearer',
});

/** Of everything that lies in the folder and was said. */
function leaks(folder: WorkFolder, ...ends: readonly CliResult[]): string[] {
  const texts = [
    ...folder.files().map((file) => [file, readFileSync(path.join(folder.path, file), 'latin1')] as const),
    ...ends.flatMap(({ stdout, stderr }) => [['stdout', stdout] as const, ['stderr', stderr] as const]),
  ];
  const encoded = ['SECRET-api', 'SECRET-gradio', 'SECRET-login', 'SECRET-event'].map((secret) =>
    Buffer.from(`me:${secret}`).toString('base64'),
  );
  return texts.flatMap(([where, text]) => [
    ...[...text.matchAll(/.{0,40}SECRET-\w+/g)].map(([found]) => `${where}: ${found}`),
    ...encoded.filter((secret) => text.includes(secret)).map((secret) => `${where}: ${secret}`),
  ]);
}

const search = (rest: readonly string[]): string[] =>
  [
    'search',
    ...BASICS,
    '--iterations',
    '2',
    '--retries',
    '0',
    '--reconnect',
    '0',
    '--log-level',
    'trace',
  ].concat(rest);

describe('secrets', () => {
  it.skipIf(process.platform !== 'linux')('of the command line leave the list of processes', async () => {
    const cli = startCli(['simulate', '--port', '0', '--gradio-auth', 'me:SECRET-gradio'], {
      cwd: makeWorkFolder().path,
    });
    await cli.printed(/at http/);
    const shown = readFileSync(`/proc/${cli.child.pid}/cmdline`, 'latin1');
    cli.child.kill('SIGTERM');
    await cli.end;
    expect(shown).toMatch(/^autombw/);
    expect(shown).not.toContain('SECRET');
  });

  it('of a run that succeeds are nowhere, and asked for when it goes on', async () => {
    const folder = makeWorkFolder();
    const { at, asked } = await talkativeScorer(200);
    const webui = simulator.url.replace('://', '://me:SECRET-api@');
    const setting = { cwd: folder.path, env: env(at) };
    const run = await runCli(search([...scorerArgs(at), '--webui', webui]), setting);
    expect(run).toMatchObject({ code: 0 });
    expect(asked.find((one) => one.startsWith('/s'))).toMatch(
      /key=SECRET-query.*SECRET-header.*SECRET-bearer/,
    );
    expect(folder.read(folder.only('.journal.jsonl'))).toContain(
      `"http.url":"http://${at}/s?key=env:AUTOMBW_SCORER_KEY&size=2"`,
    );
    const known = { ...setting.env, AUTOMBW_WEBUI_AUTH: 'me:SECRET-api' };
    const resume = ['resume', 'O', '--iterations', '3'];
    const without = await runCli(resume, { ...setting, env: known });
    expect(without.stderr).toMatch(
      /the header x-api-key from the variable AUTOMBW_SCORER_X_API_KEY, which is not set/,
    );
    const scorer = { AUTOMBW_SCORER_X_API_KEY: 'SECRET-header', AUTOMBW_SCORER_KEY: 'SECRET-query' };
    const resumed = await runCli(resume, { ...setting, env: { ...known, ...scorer } });
    expect(resumed).toMatchObject({ code: 0 });
    expect(leaks(folder, run, without, resumed)).toEqual([]);
  });

  it('of a run that fails are nowhere: refused logins, nobody there', async () => {
    const folder = makeWorkFolder();
    const { at } = await talkativeScorer(401);
    const setting = { cwd: folder.path, env: env('127.0.0.1:1') };
    const webui = simulator.url.replace('://', '://me:SECRET-api@');
    const refusedThere = await runCli(search([...scorerArgs(at), '--webui', webui]), setting);
    const refusedHere = await runCli(
      search(['--webui', simulator.url.replace('://', '://me:SECRET-wrong@')]),
      setting,
    );
    const nobody = await runCli(
      search(['--webui', 'http://me:SECRET-api@127.0.0.1:1', '--webui-auth', 'SECRET-form']),
      setting,
    );
    expect([refusedThere.code, refusedHere.code, nobody.code]).not.toContain(0);
    expect(refusedHere.stderr).toMatch(/does not accept|login/);
    expect(leaks(folder, refusedThere, refusedHere, nobody)).toEqual([]);
  });

  it('follow no redirection', async () => {
    const folder = makeWorkFolder();
    const elsewhere: string[] = [];
    const target = await listen((request, response) => {
      elsewhere.push(request.url ?? '');
      response.end('{}');
    });
    const at = await listen((request, response) => {
      request.resume();
      response.writeHead(307, { location: `http://${target}${request.url}` }).end();
    });
    const ends = [
      await runCli(['doctor', '--webui', `http://${at}`], {
        cwd: folder.path,
        env: { AUTOMBW_WEBUI_AUTH: 'me:SECRET-api', AUTOMBW_GRADIO_AUTH: 'me:SECRET-gradio' },
      }),
    ];
    expect(elsewhere).toEqual([]);
    expect(leaks(folder, ...ends)).toEqual([]);
  });
});
