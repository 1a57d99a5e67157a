/** What a server that has just started tells about itself, as recorded. */
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startSimulator } from '../../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../../src/simulator/index.ts';
import { AT_START, EXACT_AT_START } from './recorded-elsewhere.ts';
import { recording } from './recording.ts';
import { Replayer } from './replayer.ts';
import { TINY_A, TINY_B, TINY_U, withConfig } from './tiny-models.ts';

const WITH_CONFIG = [TINY_A, TINY_B, TINY_U].map(withConfig);
const replayer = new Replayer();
let simulator: Simulator | undefined;

afterEach(async () => {
  await simulator?.close();
});

async function start(options: SimulatorOptions): Promise<Simulator> {
  simulator = await startSimulator(options);
  return simulator;
}

describe('a server that has just started', () => {
  it('answers the plain GETs as recorded', async () => {
    const { url } = await start({ models: WITH_CONFIG });
    expect(await replayer.series(url, EXACT_AT_START.join(' '))).toEqual({});
    expect(await replayer.parts(url, 'options_after_fresh_start')).toEqual({});
  });

  it('lists nothing that the recording does not have, with the recorded values', async () => {
    const { url } = await start({ models: WITH_CONFIG });
    const options = z.record(z.string(), z.unknown()).parse(await replayer.json(url, 'get_options'));
    expect(recording('get_options').body).toMatchObject(options);
    expect(Object.keys(options).length).toBeGreaterThan(300);

    const paths = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });
    const known = z.object({ paths: z.record(z.string(), z.array(z.string())) });
    const recorded = known.parse(recording('get_openapi').body).paths;
    const listed = paths.parse(await replayer.json(url, 'get_openapi')).paths;
    const unknown = Object.entries(listed).filter(([path, methods]) => {
      const generic = path.replace(/^\/(run|api)\/predict$/u, '/$1/{api_name}');
      return !Object.keys(methods).every((method) => recorded[generic]?.includes(method) === true);
    });
    // The description does not list itself in the recording.
    expect(unknown.map(([path]) => path)).toEqual(['/openapi.json']);
    expect(Object.keys(listed)).toContain('/sdapi/v1/txt2img');
    expect(Object.keys(listed).filter((path) => path.startsWith('/bbwm'))).toEqual([]);

    const lists = z.object({ txt2img: z.array(z.string()), img2img: z.array(z.string()) });
    const scripts = lists.parse(await replayer.json(url, 'get_scripts'));
    const recordedScripts = lists.parse(recording('get_scripts').body);
    expect(recordedScripts.txt2img).toEqual(expect.arrayContaining(scripts.txt2img));
    expect(recordedScripts.img2img).toEqual(expect.arrayContaining(scripts.img2img));
  });

  it('describes its scripts and extensions in the recorded shape', async () => {
    const { url } = await start({ models: WITH_CONFIG });
    const scripts = z.array(
      z.object({
        name: z.string(),
        is_alwayson: z.boolean(),
        is_img2img: z.boolean(),
        args: z.array(z.unknown()),
      }),
    );
    const recorded = scripts.parse(recording('get_script_info').body);
    const described = scripts.parse(await replayer.json(url, 'get_script_info'));
    const kinds = (one: z.infer<typeof scripts>[number]): string =>
      `${one.name} ${String(one.is_alwayson)} ${String(one.is_img2img)}`;
    expect(recorded.map(kinds)).toEqual(expect.arrayContaining(described.map(kinds)));
    const merges = (list: typeof recorded): typeof recorded =>
      list.filter(({ name }) => name.startsWith('runtime'));
    expect(merges(described)).toEqual(merges(recorded));
    expect(merges(described).map(({ args }) => args.length)).toEqual([29, 29]);

    const extensions = z.array(z.record(z.string(), z.unknown()));
    const [own] = extensions.parse(await replayer.json(url, 'get_extensions'));
    const twin = extensions
      .parse(recording('get_extensions').body)
      .find(({ name }) => name === own?.['name']);
    expect(Object.keys(own ?? {})).toEqual(Object.keys(twin ?? {}));
  });
});

it('has replayed all of them', () => {
  expect(AT_START.filter((name) => !replayer.replayed.has(name))).toEqual([]);
});
