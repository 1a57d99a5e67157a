import { afterEach, expect, it } from 'vitest';
import { checkPrompts, lookForScript } from '../../../../src/judging/scoring.ts';
import { createScorers } from '../../../../src/score/index.ts';
import { closedUrl, startReplayServer } from '../../../helpers/replay-server.ts';
import type { ReplayServer, Routes } from '../../../helpers/replay-server.ts';
import { makeRequest } from '../../renderers/make-request.ts';

const { signal } = new AbortController();
const SCRIPTS = 'GET /sdapi/v1/scripts';
const OPTIONS = 'GET /sdapi/v1/options';
let server: ReplayServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function look(preset: string | undefined, routes: Routes): Promise<void> {
  server = await startReplayServer(routes);
  await lookForScript(configFor(preset, server.url), signal);
}

const configFor = (preset: string | undefined, webui: string): Parameters<typeof lookForScript>[0] => ({
  scorer: ['webui-infotext=2'],
  scorerOptions: { 'webui-infotext': preset === undefined ? { pattern: '(.)' } : { preset } },
  webui,
  port: undefined,
});
const list = (...txt2img: readonly string[]): Routes => ({
  [SCRIPTS]: { status: 200, body: { txt2img, img2img: [] } },
});
const REWARD = 'imagereward - generate human preference scores';

it('takes a WebUI that has the script of ImageReward', async () => {
  await expect(look('image-reward', list('x/y/z plot', REWARD))).resolves.toBeUndefined();
});

it('refuses one that has not, and says what is needed', async () => {
  const failure = look('image-reward', list('x/y/z plot'));
  await expect(failure).rejects.toMatchObject({ code: 'scorer-start' });
  await expect(failure).rejects.toThrow(/has no ImageReward script.*script_name/);
});

it.each([
  [{}, /does not have the extension aesthetic-scorer/],
  [{ aesthetic_scorer_enabled: false }, /has its setting aesthetic_scorer_enabled turned off/],
])('looks at the setting of the aesthetic scorer: %j', async (body, message) => {
  await expect(look('aesthetic', { [OPTIONS]: { status: 200, body } })).rejects.toThrow(message);
});

it('takes the aesthetic scorer when it is on', async () => {
  const on = { [OPTIONS]: { status: 200, body: { aesthetic_scorer_enabled: true } } };
  await expect(look('aesthetic', on)).resolves.toBeUndefined();
});

it.each<[string | undefined, Routes]>([
  ['image-reward', {}],
  [undefined, {}],
])(
  'gives a server that does not say what it has the benefit, and a pattern any: %s',
  async (preset, routes) => {
    await expect(look(preset, routes)).resolves.toBeUndefined();
  },
);

it('leaves a server that is away to those who need it', async () => {
  await expect(lookForScript(configFor('image-reward', await closedUrl()), signal)).resolves.toBeUndefined();
});

it('refuses a payload that does not run the script', () => {
  const scorers = createScorers([
    { id: 'webui-infotext', weight: 1, options: { preset: 'image-reward' }, map: undefined },
  ]);
  expect(() => checkPrompts(scorers, [makeRequest({})])).toThrow(/its payload does not run a script/);
  expect(() => checkPrompts(scorers, [makeRequest({ script_name: 'x/y/z plot' })])).toThrow(
    /runs the script "x\/y\/z plot"/,
  );
  expect(() => checkPrompts(scorers, [makeRequest({ script_name: REWARD })])).not.toThrow();
});
