/** What lies between autombw and the server: connections, proxies, names. */
import dns from 'node:dns';
import type { Deed } from '../helpers/fault-proxy.ts';
import { LOOK, onDraw, onImage } from './requests.ts';
import type { Chapter, Scenario } from './scenario.ts';
import type { Scene, Setting } from './setting.ts';

const html = (status: number, headers = {}): Deed => ({
  answer: { status, headers: { 'content-type': 'text/html', ...headers }, body: `<h1>${status}</h1>` },
});

/** The server is gone when the next request comes. */
function away(minutes: number): NonNullable<Setting['rules']> {
  return (scene) => [
    {
      on: '*',
      deed: {
        act: async () => {
          scene.timeline.at(minutes, async () => scene.proxy.comeBack());
          await scene.proxy.leave();
        },
      },
    },
  ];
}

/** What the operating system says of one name. */
function withName(name: string, lookup: (hostname: string) => string | undefined) {
  const original = dns.lookup;
  const patched = (hostname: string, options: unknown, callback: (...answer: unknown[]) => void): void => {
    if (hostname !== name) {
      Reflect.apply(original, dns, [hostname, options, callback]);
      return;
    }
    const address = lookup(hostname);
    const isAll = typeof options === 'object' && options !== null && Reflect.get(options, 'all') === true;
    const failure = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' });
    queueMicrotask(() => {
      if (address === undefined) callback(failure);
      else if (isAll) callback(null, [{ address, family: 4 }]);
      else callback(null, address, 4);
    });
  };
  Object.assign(dns, { lookup: patched });
  return () => Object.assign(dns, { lookup: original });
}

const lost: readonly Scenario[] = [
  {
    name: 'reset-before',
    what: 'The connection breaks before the request reaches the server',
    does: 'requests it again; a merge in server memory is made and checked again first',
    hurts: 'one image',
    servers: ['a1111', 'comfyui', 'forge'],
    silentOn: 'comfyui',
    promise: { exitCode: 0, vain: 1, says: /broke during|Nothing answers|is back/ },
    play: async (stage) => stage.search({ rules: onDraw(stage.family, { cut: 'before' }) }),
  },
  {
    name: 'reset-after',
    what: 'The connection breaks when the image is finished',
    does: 'fetches it from ComfyUI; AUTOMATIC1111 and Forge do not keep it and draw it again',
    hurts: 'one image',
    servers: ['comfyui', 'a1111', 'forge'],
    promise: { exitCode: 0, vain: 2 },
    play: async (stage) => stage.search({ rules: onImage(stage.family, { cut: 'after' }) }),
  },
  {
    name: 'reset-half',
    what: 'The connection breaks in the middle of the reply',
    does: 'the same',
    hurts: 'one image',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: { exitCode: 0, vain: 2 },
    play: async (stage) => stage.search({ rules: onImage(stage.family, { cut: 'half' }) }),
  },
  {
    name: 'reset-every-second',
    what: 'Every second reply with an image is lost',
    does: 'requests each again',
    hurts: 'one image',
    servers: ['a1111', 'comfyui'],
    promise: { exitCode: 0, vain: 10 },
    play: async (stage) =>
      stage.search({
        rules: [1, 3, 5, 7, 9].flatMap((nth) =>
          onImage(stage.family, { cut: 'half' }).map((rule) => ({ ...rule, nth })),
        ),
      }),
  },
  {
    name: 'chunk-error',
    what: 'A chunked reply is cut off',
    does: 'asks again',
    hurts: 'one image',
    servers: ['a1111', 'comfyui'],
    promise: { exitCode: 0, vain: 3 },
    play: async (stage) => stage.search({ rules: onImage(stage.family, { torn: true }) }),
  },
  {
    name: 'silent-half',
    what: 'A reply stalls in the middle (after 60 seconds without a byte)',
    does: 'abandons the reply and requests the image again',
    hurts: 'one image',
    servers: ['a1111', 'comfyui'],
    silentOn: 'comfyui',
    promise: { exitCode: 0, vain: 3, says: /stalled/ },
    play: async (stage) =>
      stage.search({ rules: onImage(stage.family, { hang: 'half' }), renderer: { silenceSeconds: 0.2 } }),
  },
  {
    name: 'slow-line',
    what: 'The connection is very slow, but bytes keep coming',
    does: 'waits',
    hurts: 'nobody',
    servers: ['a1111', 'comfyui'],
    promise: { exitCode: 0, isSilent: true },
    play: async (stage) =>
      stage.search({ rules: onImage(stage.family, { drip: 100 }), renderer: { silenceSeconds: 0.2 } }),
  },
  {
    name: 'late-replies',
    what: 'Every reply comes late',
    does: 'waits',
    hurts: 'nobody',
    servers: ['a1111', 'comfyui'],
    promise: { exitCode: 0, isSilent: true },
    play: async (stage) => stage.search({ rules: [{ on: '*', deed: { later: 15 }, times: Infinity }] }),
  },
  {
    name: 'look-hangs',
    what: 'The server no longer reports progress, but keeps drawing',
    does: 'continues without it; waits up to 60 seconds if it needs an answer, then checks the merge again',
    hurts: 'one image',
    servers: ['a1111'],
    byNight: true,
    promise: { exitCode: 0, vain: 4, says: /did not answer GET \/sdapi\/v1\/progress/ },
    play: async (stage) =>
      stage.search({
        simulator: { latencyMs: 60 },
        rules: [{ on: LOOK[stage.family], deed: { hang: 'before' }, nth: 4, times: 2 }],
      }),
  },
];

const gone: readonly Scenario[] = [
  {
    name: 'server-away',
    what: 'The server or the network is down for minutes',
    does: 'says so, waits up to `--reconnect` minutes, checks the merge again and continues',
    hurts: 'the run',
    servers: ['comfyui', 'a1111', 'forge'],
    promise: {
      exitCode: 0,
      vain: 2,
      says: /is not answering; waiting up to 30 minutes[\s\S]*is back; the run continues/,
    },
    play: async (stage) => stage.search({ rules: away(4) }),
  },
  {
    name: 'server-gone',
    what: 'The server is gone and does not come back',
    does: 'waits `--reconnect` minutes, keeps all results, and ends',
    hurts: 'the run',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: {
      exitCode: 1,
      resumes: true,
      vain: 3,
      isOutOfReach: true,
      says: /did not come back within 2 minutes/,
    },
    play: async (stage) => stage.search({ rules: away(1000), config: { reconnect: 2 } }),
  },
  {
    name: 'restart-not-found',
    what: 'The server restarts, and answers 404 to everything for a while',
    does: 'waits, then continues',
    hurts: 'the run',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: { exitCode: 0, vain: 2, says: /The run waits up to|is not answering/ },
    play: async (stage) =>
      stage.search({
        rules: ({ simulator }) => [
          { on: '*', deed: { act: () => simulator.restart() } },
          { on: '*', nth: 2, times: 12, deed: html(404) },
        ],
      }),
  },
  {
    name: 'proxy-without-server',
    what: 'A proxy answers 502 to everything for minutes',
    does: 'waits, then continues',
    hurts: 'the run',
    servers: ['a1111', 'comfyui', 'forge'],
    promise: { exitCode: 0, vain: 3 },
    play: async (stage) => stage.search({ rules: [{ on: '*', times: 30, deed: html(502) }] }),
  },
  {
    name: 'proxy-login',
    what: 'A proxy requires a login from now on, for every request',
    does: 'tries once more, then ends and says which option sets the login',
    hurts: 'the run',
    servers: ['a1111', 'comfyui'],
    promise: { exitCode: 1, resumes: true, vain: 3, isOutOfReach: true, says: /login/ },
    play: async (stage) => stage.search({ rules: [{ on: '*', times: Infinity, deed: html(401) }] }),
  },
  {
    name: 'dns-gone',
    what: "The server's host name cannot be resolved for a while",
    does: 'waits, then continues',
    hurts: 'the run',
    servers: ['a1111', 'comfyui'],
    promise: { exitCode: 0, vain: 2, says: /is not answering[\s\S]*is back/ },
    play: async (stage) => {
      let isGone = false;
      const restore = withName('gpubox', () => (isGone ? undefined : '127.0.0.1'));
      const forget = async ({ proxy, timeline }: Scene): Promise<void> => {
        isGone = true;
        // Connections that are open need no name.
        await proxy.leave();
        await proxy.comeBack();
        timeline.at(3, () => void (isGone = false));
      };
      return stage
        .search({ name: 'gpubox', rules: (scene) => [{ on: '*', deed: { act: async () => forget(scene) } }] })
        .finally(restore);
    },
  },
  {
    name: 'address-change',
    what: 'The server comes back at another address, under the same name',
    does: 'finds it there',
    hurts: 'the run',
    servers: ['a1111', 'comfyui'],
    lacks: () => (process.platform === 'linux' ? undefined : 'only Linux has all of 127.0.0.0/8'),
    promise: { exitCode: 0, vain: 2, says: /is not answering[\s\S]*is back/ },
    play: async (stage) => {
      let address = '127.0.0.1';
      const restore = withName('gpubox', () => address);
      const move = async ({ proxy, timeline }: Scene): Promise<void> => {
        await proxy.leave();
        timeline.at(3, async () => {
          address = '127.0.0.2';
          await proxy.comeBack(address);
        });
      };
      return stage
        .search({ name: 'gpubox', rules: (scene) => [{ on: '*', deed: { act: async () => move(scene) } }] })
        .finally(restore);
    },
  },
  {
    name: 'socket-refused',
    what: 'A proxy blocks WebSockets',
    does: 'polls the queue and the history instead',
    hurts: 'nobody',
    servers: ['comfyui'],
    promise: { exitCode: 0, isSilent: true },
    play: async (stage) =>
      stage.search({ fromStart: true, rules: [{ on: 'GET /ws', times: Infinity, deed: { cut: 'before' } }] }),
  },
  {
    name: 'socket-dropped',
    what: 'The WebSocket breaks again and again in the middle of an image',
    does: 'reconnects, and polls the queue and the history meanwhile',
    hurts: 'nobody',
    servers: ['comfyui'],
    promise: { exitCode: 0, isSilent: true },
    play: async (stage) => stage.search({ faults: ['drop@1+'] }),
  },
];

export const CONNECTION: Chapter = { title: 'The way to the server', scenarios: [...lost, ...gone] };
