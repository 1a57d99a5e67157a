/** A terminal obeys nothing that a server, a file or a name says. */
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runCli, startSimulatorProcess, type SimulatorProcess } from '../helpers/run-cli.ts';
import { BASICS, makeWorkFolder } from '../helpers/work-folder.ts';

/** Clears the screen, sets the title, rings, a C1 sequence, turns the line round. */
const EVIL = 'no \u001B[2J\u001B]0;owned\u0007\u009B31m\u202Ememory\u2066';
// eslint-disable-next-line no-control-regex
const OBEYED = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/;

const servers: http.Server[] = [];
const simulators: SimulatorProcess[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  for (const simulator of simulators.splice(0)) await simulator.stop();
});

async function listen(listener: http.RequestListener): Promise<string> {
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return String((server.address() as AddressInfo).port);
}

function refuse(response: http.ServerResponse): void {
  response.writeHead(500, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: 'RuntimeError', detail: EVIL, errors: EVIL }));
}

/** The simulated server, which fails at the images of an iteration in such words. */
async function hostileServer(): Promise<string> {
  const simulator = await startSimulatorProcess(['--models', 'modelA,modelB']);
  simulators.push(simulator);
  let images = 0;
  return listen((request, response) => {
    const { method, url = '', headers } = request;
    if (url.includes('txt2img') && ++images > 8 && images % 2 === 1) {
      request.resume().on('end', () => refuse(response));
      return;
    }
    const target = http.request(`${simulator.url}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    target.on('error', () => response.destroy());
    request.pipe(target);
  });
}

describe('the terminal', () => {
  it.each([['info'], ['debug']])('obeys nothing of a message in mid-run at log level %s', async (level) => {
    const folder = makeWorkFolder();
    const port = await hostileServer();
    const args = ['search', ...BASICS, '--iterations', '4', '--retries', '0', '--log-level', level];
    const end = await runCli([...args, '--port', port], { cwd: folder.path });
    expect(end.stderr).toContain(String.raw`no \x1b[2J\x1b]0;owned\x07\x9b31m\u202ememory`);
    expect(OBEYED.exec(`${end.stdout}${end.stderr}`)).toBeNull();
    // The records keep what was said.
    expect(JSON.stringify(folder.journal())).toContain(JSON.stringify(EVIL).slice(1, -1));
  });

  it.each([
    ['search', [...BASICS, '--reconnect', '0']],
    ['doctor', []],
    ['backends', []],
    ['backends', ['--json']],
  ])('obeys nothing of a server that refuses: %s', async (command, args) => {
    const folder = makeWorkFolder();
    const port = await listen((request, response) => void request.resume().on('end', () => refuse(response)));
    const end = await runCli([command, ...args, '--port', port], { cwd: folder.path });
    expect(`${end.stdout}${end.stderr}`).toMatch(/owned/);
    expect(OBEYED.exec(`${end.stdout}${end.stderr}`)).toBeNull();
  });

  // Windows has no such names.
  it.skipIf(process.platform === 'win32')('obeys no file name and no argument', async () => {
    const folder = makeWorkFolder();
    const runs = path.join(folder.path, 'csv', 'history', 'A - B');
    mkdirSync(runs, { recursive: true });
    writeFileSync(path.join(runs, `${EVIL}-0-2026-01-01-00-00-00.journal.jsonl`), 'nothing\n');
    writeFileSync(path.join(folder.path, `${EVIL}.png`), 'no image');
    for (const args of [
      ['history'],
      ['history', '--json'],
      ['score', '.'],
      ['score', '.', '--format', 'json'],
      [EVIL],
      ['plot', EVIL],
    ]) {
      const end = await runCli(args, { cwd: folder.path });
      expect(`${end.stdout}${end.stderr}`).toMatch(/owned/);
      expect(OBEYED.exec(`${end.stdout}${end.stderr}`)).toBeNull();
    }
  });
});
