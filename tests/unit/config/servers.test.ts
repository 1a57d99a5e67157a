import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadSearchConfig, parseSearchConfig } from '../../../src/config/load.ts';
import { addressesOf, serversOf, withoutLogin } from '../../../src/config/servers.ts';
import { withOverrides } from '../../../src/run/resume.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const NEEDED = { payload: ['p.json'], modelA: 'a', modelB: 'b', output: 'O' };
const ONE = 'http://127.0.0.1:7860';
const TWO = 'http://gpu.lan:7860';

function file(name: string, text: string): string {
  const made = path.join(temporaryFolder(), name);
  writeFileSync(made, text);
  return made;
}

function fleet(servers: readonly object[]): string {
  return file('fleet.json', JSON.stringify({ servers }));
}

afterEach(() => {
  delete process.env['AUTOMBW_TEST_LOGIN'];
});

describe('--webui', () => {
  it('is one address or several; a list of one is one', () => {
    expect(parseSearchConfig({ ...NEEDED, webui: ONE }).webui).toBe(ONE);
    expect(parseSearchConfig({ ...NEEDED, webui: [ONE] }).webui).toBe(ONE);
    expect(parseSearchConfig({ ...NEEDED, webui: [ONE, TWO] }).webui).toEqual([ONE, TWO]);
  });

  it('gives all of them the options of the search', async () => {
    const config = parseSearchConfig({
      ...NEEDED,
      webui: [ONE, TWO],
      webuiAuth: 'u:p',
      backend: 'model-mixer',
    });
    const servers = await serversOf(config);
    expect(servers.map(({ url }) => url)).toEqual([ONE, TWO]);
    for (const server of servers)
      expect(server).toMatchObject({ webuiAuth: 'u:p', backend: 'model-mixer', modelA: 'a', modelB: 'b' });
  });

  it.each([
    [{ webui: [ONE, 'http://localhost:7860/'] }, 'given twice'],
    [{ webui: [ONE, TWO], port: 7861 }, 'not both'],
    [{ webui: ONE, fleet: 'f.json' }, 'not both'],
    [{ webui: [] }, '--webui must'],
    [{ webui: [ONE, 'two words'] }, '--webui must be an address such as http://127.0.0.1:7860'],
    [{ openTrials: 0 }, '--open-trials must be at least 1'],
  ])('refuses %j', (given, words) => {
    expect(() => parseSearchConfig({ ...NEEDED, ...given })).toThrow(words);
  });

  it('given now replaces every server of a configuration or of a run', async () => {
    const config = file('search.json', JSON.stringify({ ...NEEDED, fleet: 'fleet.json' }));
    expect(await loadSearchConfig({ webui: ONE }, config)).toMatchObject({ webui: ONE });
    expect((await loadSearchConfig({}, config)).fleet).toBe(path.join(path.dirname(config), 'fleet.json'));
    expect(withOverrides({ webui: [ONE, TWO] }, { fleet: 'f.json' })).toEqual({ fleet: 'f.json' });
    expect(withOverrides({ fleet: 'f.json' }, { port: 1 })).toEqual({ port: 1 });
  });
});

describe('a fleet file', () => {
  it('has what is particular to each; the rest is that of the options', async () => {
    process.env['AUTOMBW_TEST_LOGIN'] = 'me:secret';
    const given = fleet([
      { name: 'cellar', webui: ONE, webuiAuthEnv: 'AUTOMBW_TEST_LOGIN', modelA: 'other-a' },
      { webui: TWO, backend: 'model-mixer', gradioAuth: 'g:h' },
    ]);
    const servers = await serversOf(parseSearchConfig({ ...NEEDED, fleet: given, modelsDir: '/m' }));
    expect(servers).toEqual([
      {
        name: 'cellar',
        url: ONE,
        webuiAuth: 'me:secret',
        backend: 'auto',
        modelsDir: '/m',
        modelA: 'other-a',
        modelB: 'b',
      },
      { url: TWO, gradioAuth: 'g:h', backend: 'model-mixer', modelsDir: '/m', modelA: 'a', modelB: 'b' },
    ]);
    expect(await addressesOf({ fleet: given })).toEqual([ONE, TWO]);
  });

  it.each([
    ['fleet.yaml', `servers:\n  - webui: ${ONE}\n  - { webui: ${TWO}, name: two }\n`],
    ['fleet.toml', `[[servers]]\nwebui = "${ONE}"\n[[servers]]\nwebui = "${TWO}"\n`],
  ])('may be %s', async (name, text) => {
    expect(await addressesOf({ fleet: file(name, text) })).toEqual([ONE, TWO]);
  });

  it.each([
    [
      [{ webui: 'gpu', nam: 'x' }],
      [
        '"servers.0.webui" must be an address such as http://127.0.0.1:7860',
        'Unknown key "servers.0.nam". Did you mean "name"?',
      ],
    ],
    [[{ webui: ONE, webuiAuth: 'hidden-word' }], ['"servers.0.webuiAuth" must be user:password; got "***"']],
    [
      [{ webui: ONE, webuiAuth: 'a:hidden-word', webuiAuthEnv: 'X' }],
      ['"webuiAuth" or "webuiAuthEnv", not both'],
    ],
    [[{ webui: ONE, webuiAuthEnv: 'AUTOMBW_NOT_SET' }], ['AUTOMBW_NOT_SET ("webuiAuthEnv") is not set']],
    [[{ webui: ONE }, { webui: `http://u:hidden-word@localhost:7860` }], ['twice']],
    [
      [
        { webui: ONE, name: 'x' },
        { webui: TWO, name: 'x' },
      ],
      ['lists x twice'],
    ],
    [[], ['"servers" must not be empty']],
  ])('refuses %j', async (servers, sentences) => {
    const config = parseSearchConfig({ ...NEEDED, fleet: fleet(servers) });
    const error: unknown = await serversOf(config).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'fleet-file', kind: 'usage' });
    const text = error instanceof Error ? error.message : '';
    for (const sentence of sentences) expect(text).toContain(sentence);
    expect(text).not.toContain('hidden-word');
  });

  it.each([
    ['fleet.json', '{"servers": [{"webuiAuth": "a:hidden-word" "x": 1}]}'],
    ['fleet.yaml', 'servers:\n  - webuiAuth: "a:hidden-word\n  - x: {\n'],
    ['fleet.toml', 'servers = [ { webuiAuth = "a:hidden-word" x } ]'],
    ['fleet.txt', ''],
  ])('says what is wrong with %s, and no login of it', async (name, text) => {
    const error: unknown = await addressesOf({ fleet: file(name, text) }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'fleet-file' });
    expect(String(error)).toContain(name);
    expect(String(error)).not.toContain('hidden-word');
  });

  it('that is not there is named', async () => {
    await expect(addressesOf({ fleet: '/nowhere/fleet.json' })).rejects.toThrow(/fleet\.json cannot be read/);
  });
});

it('an address is shown without its login', () => {
  expect(withoutLogin('http://me:pw@gpu.lan:7860/x')).toBe('http://gpu.lan:7860/x');
  expect(withoutLogin('http://gpu.lan:7860/@x')).toBe('http://gpu.lan:7860/@x');
});
