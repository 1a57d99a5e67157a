/** Addresses of all kinds, and what is wrong before a search begins. */
import { readFileSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { runCli } from '../helpers/run-cli.ts';
import { startFaultProxy } from '../helpers/fault-proxy.ts';
import { BASICS, makeWorkFolder } from '../helpers/work-folder.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import { filesIn } from '../helpers/files-in.ts';
import type { Chapter, Scenario } from './scenario.ts';
import type { Scene } from './setting.ts';

const TLS = path.resolve(import.meta.dirname, '../fixtures/tls');
const tls = (): { key: string; cert: string } => ({
  key: readFileSync(path.join(TLS, 'key.pem'), 'utf8'),
  cert: readFileSync(path.join(TLS, 'cert.pem'), 'utf8'),
});

/** Files of the run that hold a text. */
function holding(text: string, { folder }: Scene): readonly string[] {
  return filesIn(folder)
    .map((file) => path.join(folder, file))
    .filter((file) => statSync(file).isFile() && readFileSync(file).includes(text))
    .map((file) => `a password stands in ${path.basename(file)}`);
}

const hasIpv6 = (): boolean =>
  Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

const addresses: readonly Scenario[] = [
  {
    name: 'ipv6',
    what: 'The server listens only on IPv6 (`http://[::1]:7860`)',
    does: 'works',
    hurts: 'nobody',
    servers: ['a1111', 'comfyui'],
    lacks: () => (hasIpv6() ? undefined : 'there is no IPv6 here'),
    promise: { exitCode: 0, isSilent: true },
    play: async (stage) => stage.search({ simulator: { host: '::1' }, isDirect: true }),
  },
  {
    name: 'prefix',
    what: 'The server is below a path (`http://host/webui`)',
    does: 'works',
    hurts: 'nobody',
    servers: ['comfyui', 'a1111', 'forge'],
    promise: { exitCode: 0, isSilent: true },
    play: async (stage) => stage.search({ proxy: { prefix: '/webui' } }),
  },
  {
    name: 'login-in-address',
    what: 'The address contains user and password',
    does: 'uses them; they appear in no file of the run, no message and no list of processes',
    hurts: 'nobody',
    servers: ['a1111'],
    promise: { exitCode: 0, isSilent: true },
    play: async (stage) =>
      stage.search({
        simulator: { auth: 'me:hunter22' },
        login: 'me:hunter22',
        check: (scene) => holding('hunter22', scene),
      }),
  },
  {
    name: 'own-certificate',
    what: 'A server behind https has a self-signed certificate',
    does: 'rejects it and says so; with `NODE_EXTRA_CA_CERTS=cert.pem` it works',
    hurts: 'nobody',
    servers: ['a1111'],
    promise: { exitCode: 2, says: /certificate .* is not accepted .*NODE_EXTRA_CA_CERTS/ },
    play: async (stage) => stage.search({ proxy: { tls: tls() } }),
  },
  {
    name: 'trusted-certificate',
    what: 'The same with `NODE_EXTRA_CA_CERTS`',
    does: 'works',
    hurts: 'nobody',
    servers: ['a1111', 'comfyui'],
    byNight: true,
    promise: { exitCode: 0 },
    play: async ({ family }) => {
      const simulator = await startSimulator({ family });
      const proxy = await startFaultProxy({ target: simulator.url, tls: tls() });
      const folder = makeWorkFolder();
      const args = ['search', ...BASICS, '--iterations', '2', '--webui', proxy.url];
      const { code, stderr } = await runCli(args, {
        cwd: folder.path,
        env: { NODE_EXTRA_CA_CERTS: path.join(TLS, 'cert.pem') },
      });
      await proxy.close();
      await simulator.close();
      return { exitCode: code, lost: 0, missing: 0, vain: 0, wrong: [], changed: [], said: stderr };
    },
  },
  {
    name: 'proxy-variable',
    what: '`HTTP_PROXY` names a proxy that does not answer',
    does: 'connects directly: these variables are not used',
    hurts: 'nobody',
    servers: ['a1111', 'comfyui'],
    promise: { exitCode: 0, isSilent: true },
    play: async (stage) => {
      const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'];
      const before = names.map((name) => process.env[name]);
      for (const name of names) process.env[name] = 'http://127.0.0.1:9';
      try {
        return await stage.search();
      } finally {
        for (const [i, name] of names.entries()) {
          const value = before[i];
          if (value === undefined) Reflect.deleteProperty(process.env, name);
          else process.env[name] = value;
        }
      }
    },
  },
];

const mistakes: readonly Scenario[] = [
  {
    name: 'nothing-listens',
    what: 'Nothing is listening at the address',
    does: 'does not start, and says how to start the server',
    hurts: 'the run',
    servers: ['a1111'],
    promise: { exitCode: 2, says: /Nothing answers at/ },
    play: async (stage) =>
      stage.search({
        fromStart: true,
        rules: ({ proxy }) => [{ on: '*', deed: { act: () => proxy.leave() } }],
      }),
  },
  {
    name: 'unknown-name',
    what: "The server's host name cannot be resolved",
    does: 'does not start, and says so',
    hurts: 'the run',
    servers: ['a1111'],
    promise: { exitCode: 2, says: /Nothing answers at .*(ENOTFOUND|EAI_AGAIN)/ },
    play: async (stage) => stage.search({ name: 'nowhere.invalid' }),
  },
  {
    name: 'other-program-at-start',
    what: 'Another program answers at the address',
    does: 'does not start, and says what it found',
    hurts: 'the run',
    servers: ['a1111'],
    promise: { exitCode: 2, says: /it is not an AUTOMATIC1111 WebUI, a Forge or a ComfyUI/ },
    play: async (stage) =>
      stage.search({
        fromStart: true,
        rules: [{ on: '*', times: Infinity, deed: { answer: { status: 200, body: '<h1>It works!</h1>' } } }],
      }),
  },
  {
    name: 'no-api',
    what: 'The server was started without `--api`',
    does: 'does not start, and says so',
    hurts: 'the run',
    servers: ['a1111'],
    promise: { exitCode: 2, says: /--api/ },
    play: async (stage) => stage.search({ simulator: { api: false } }),
  },
  {
    name: 'unknown-model',
    what: 'The server does not have the model',
    does: 'does not start, and names the nearest one',
    hurts: 'the run',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: { exitCode: 2, says: /Did you mean|no file has that name/ },
    play: async (stage) =>
      stage.search({ config: { modelB: 'modelBB' }, renderer: { modelB: 'modelBB' }, calmly: {} }),
  },
  {
    name: 'no-way-to-merge',
    what: 'The server cannot merge',
    does: 'does not start, and lists the ways of merging',
    hurts: 'the run',
    servers: ['a1111'],
    promise: { exitCode: 2, says: /extension|--models-dir/ },
    play: async (stage) => stage.search({ simulator: { extensions: [] } }),
  },
];

export const START: Chapter = {
  title: 'Addresses, and mistakes before the start',
  scenarios: [...addresses, ...mistakes],
};
