/** The package as others get it: what an import loads, whether the types are found, what is in the tarball. Runs the built dist. */
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { shippedPlaces } from '../../scripts/bundled.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const fixtures = path.join(root, 'tests/fixtures/package');
const run = promisify(execFile);
/** Milliseconds: a whole search, a compiler and a tarball take their time on a busy machine. */
const LONG = 120_000;
const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-package-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Loaded {
  readonly printed: string;
  /** Other packages, installed or bundled into dist. */
  readonly libraries: readonly string[];
  /** Folders of dist, those beside the index. */
  readonly rooms: readonly string[];
}

/** @param program the text of a module */
async function loadedBy(name: string, program: string): Promise<Loaded> {
  const list = path.join(folder, `${name}.txt`);
  const hook = path.join(fixtures, 'list-loaded.mjs');
  // In the package's own folder its name is that of the package.
  const { stdout } = await run(
    process.execPath,
    ['--import', new URL(`file:${hook}`).href, '--input-type=module', '-e', program],
    { cwd: root, env: { ...process.env, LOADED_MODULES: list } },
  );
  const urls = readFileSync(list, 'utf8').split('\n');
  const named = (pattern: RegExp): string[] =>
    [...new Set(urls.flatMap((url) => pattern.exec(url)?.[1] ?? []))].toSorted();
  return {
    printed: stdout.trim(),
    libraries: named(/.*\/(?:node_modules|dist\/packages(?!\/shared\/))\/((?:@[^/]+\/)?[^/]+)/),
    rooms: named(/^(?!.*\/node_modules\/).*\/dist\/(?!packages\/)([^/]+)\//),
  };
}

/** Mechanisms and blocks, which know nothing of the rest. */
const GROUND = ['architectures', 'shared', 'space'];

describe('an import of a part of the package', () => {
  it('autombw/optimizers loads the optimizers', async () => {
    const { printed, libraries, rooms } = await loadedBy(
      'optimizers',
      `import { createOptimizer, optimizerNames } from 'autombw/optimizers';
       const space = { dimensions: [{ name: 'x', low: 0, high: 1, intervals: 4 }] };
       console.log(optimizerNames.length, createOptimizer('bayesian', { space, seed: 1 }).ask().values.length);`,
    );
    expect(printed).toMatch(/^\d{2} 1$/);
    expect(libraries).toEqual(['zod']);
    expect(rooms.filter((room) => !GROUND.includes(room))).toEqual(['optimizers']);
  });

  it('autombw/checkpoints loads what reads and merges files', async () => {
    const { printed, libraries, rooms } = await loadedBy(
      'checkpoints',
      `import { isExpected, mergeMethodNames, prepareMerge, uniformWeights } from 'autombw/checkpoints';
       let code;
       try {
         prepareMerge({ modelA: 'none', modelB: 'none', output: 'o.safetensors', weights: uniformWeights(1, 'sd1') });
       } catch (error) {
         if (isExpected(error)) code = error.code;
       }
       console.log(mergeMethodNames().includes('slerp'), code);`,
    );
    expect(printed).toBe('true checkpoint-unreadable');
    expect(libraries).toEqual(['zod']);
    // The recipe in the metadata is the text that the Python tool writes.
    expect(rooms.filter((room) => !GROUND.includes(room))).toEqual(['checkpoints', 'formats']);
  });

  it('autombw/simulator loads the simulated server, before and while it answers', async () => {
    const { printed, libraries, rooms } = await loadedBy(
      'simulator',
      `import { startSimulator } from 'autombw/simulator';
       const simulator = await startSimulator();
       const reply = await fetch(simulator.url + '/sdapi/v1/sd-models');
       console.log(reply.status, simulator.models().length);
       await simulator.close();`,
    );
    expect(printed).toBe('200 3');
    expect(libraries).toEqual(['zod']);
    // It reads and writes real files, and paints after a landscape; neither loads anything else.
    expect(rooms.filter((room) => !GROUND.includes(room))).toEqual(
      expect.arrayContaining(['landscape', 'simulator']),
    );
    const others = ['checkpoints', 'landscape', 'simulator', ...GROUND];
    expect(rooms.filter((room) => !others.includes(room))).toEqual([]);
  });

  it('autombw loads neither HTTP clients nor image libraries', async () => {
    const { printed, libraries, rooms } = await loadedBy(
      'root',
      `import { createOptimizer, defaultEnvironment, runSearch } from 'autombw';
       console.log([createOptimizer, defaultEnvironment, runSearch].map((one) => typeof one).join());`,
    );
    expect(printed).toBe('function,function,function');
    expect(libraries).toEqual(['fast-csv', 'zod']);
    expect(rooms).not.toEqual(expect.arrayContaining(['renderers']));
    expect(rooms).not.toEqual(expect.arrayContaining(['simulator']));
  });

  it(
    'autombw searches and resumes, with what it loads only then',
    async () => {
      const program = `import { defaultEnvironment, parseSearchConfig, planSearch, resumeRun, runSearch, startSimulator } from 'autombw';
      const simulator = await startSimulator();
      const config = parseSearchConfig({
        payload: [${JSON.stringify(path.join(root, 'payloads/coast.json'))}], modelA: 'modelA', modelB: 'modelB',
        output: 'merged', webui: simulator.url, iterations: 2, saveBest: 'none', earlyStop: false, prove: 0,
        folder: ${JSON.stringify(folder)},
      });
      const environment = defaultEnvironment();
      const plan = await planSearch(config);
      const { files, iterations } = await runSearch(config, environment);
      const resumed = await resumeRun(files.journal, { iterations: 3 }, environment);
      console.log(plan.requests.length, iterations, resumed.iterations);
      await simulator.close();`;
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: root });
      expect(stdout.trim()).toMatch(/^[1-9]\d* 2 3$/);
    },
    LONG,
  );
});

const manifestSchema = z.object({
  dependencies: z.record(z.string(), z.string()),
  peerDependencies: z.record(z.string(), z.string()),
});
const billSchema = z.object({ components: z.array(z.object({ name: z.string(), version: z.string() })) });
const versionSchema = z.object({ version: z.string() });
const namesSchema = z.record(z.string(), z.string()).optional();
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ dependencies: namesSchema, optionalDependencies: namesSchema })),
});

/** Of the packages that an install without devDependencies brings on this system. */
function installedBytes(): number {
  const { packages } = lockSchema.parse(
    JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')),
  );
  const places = new Set<string>();
  const add = (name: string): void => {
    const place = `node_modules/${name}`;
    if (places.has(place) || !existsSync(path.join(root, place))) return;
    places.add(place);
    const { dependencies, optionalDependencies } = packages[place] ?? {};
    for (const inner of Object.keys({ ...dependencies, ...optionalDependencies })) add(inner);
  };
  const { dependencies, optionalDependencies } = packages[''] ?? {};
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) add(name);
  expect([...places].some((place) => place.startsWith('node_modules/@img/sharp-'))).toBe(true);
  expect(places.size).toBeGreaterThan(10);
  const files = [...places].flatMap((place) =>
    readdirSync(path.join(root, place), { recursive: true, encoding: 'utf8' })
      .filter((file) => !file.includes('node_modules'))
      .map((file) => path.join(root, place, file)),
  );
  return files.reduce((sum, file) => sum + statSync(file).size, 0);
}

describe('the types', () => {
  it(
    'are found by a program with moduleResolution nodenext',
    async () => {
      const consumer = path.join(folder, 'consumer');
      mkdirSync(path.join(consumer, 'node_modules'), { recursive: true });
      symlinkSync(root, path.join(consumer, 'node_modules/autombw'), 'junction');
      copyFileSync(path.join(fixtures, 'consumer.ts'), path.join(consumer, 'consumer.ts'));
      writeFileSync(path.join(consumer, 'package.json'), '{ "type": "module" }');
      const compilerOptions = {
        module: 'nodenext',
        moduleResolution: 'nodenext',
        target: 'es2023',
        strict: true,
        noEmit: true,
        types: ['node'],
        typeRoots: [path.join(root, 'node_modules/@types')],
      };
      writeFileSync(
        path.join(consumer, 'tsconfig.json'),
        JSON.stringify({ compilerOptions, include: ['consumer.ts'] }),
      );
      const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
      const failed = await run(process.execPath, [compiler, '-p', consumer]).then(
        () => '',
        (error: unknown) =>
          typeof error === 'object' && error !== null && 'stdout' in error ? error.stdout : error,
      );
      expect(failed).toBe('');
    },
    LONG,
  );
});

describe('what the package needs of others', () => {
  const compiled = readdirSync(path.join(root, 'dist'), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.js') && !file.startsWith('packages/') && file !== 'plot/charts.js');

  it('is installed with it, the choice of its user, or in dist', () => {
    const { dependencies, peerDependencies } = manifestSchema.parse(
      JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')),
    );
    const named = compiled.flatMap((file) =>
      [
        ...readFileSync(path.join(root, 'dist', file), 'utf8').matchAll(
          /^(?:import|export) [^;]*?from "([^"]+)"|\bimport\("([^"]+)"\)/gm,
        ),
      ].map(([, one, other]) => one ?? other ?? ''),
    );
    const bundled = named.filter((specifier) => specifier.includes('/packages/'));
    expect(bundled.some((specifier) => specifier.endsWith('/packages/zod/index.js'))).toBe(true);
    expect(
      bundled.filter(
        (specifier) => !existsSync(path.join(root, 'dist/packages', specifier.split('/packages/')[1] ?? '')),
      ),
    ).toEqual([]);
    const foreign = named.filter((specifier) => !/^(?:\.|node:)/.test(specifier));
    expect(foreign).toContain('undici');
    expect(foreign.filter((specifier) => !(specifier in { ...dependencies, ...peerDependencies }))).toEqual(
      [],
    );
  });

  it('is listed with its version, for people and for the tools of auditors, where it is in dist', () => {
    const { components } = billSchema.parse(
      JSON.parse(readFileSync(path.join(root, 'dist/bundled.cdx.json'), 'utf8')),
    );
    // Of the code, of what the code needs itself, of the charts, of the page.
    for (const name of ['zod', 'fast-uri', 'echarts', 'preact']) {
      const { version } = versionSchema.parse(
        JSON.parse(readFileSync(path.join(root, `node_modules/${name}/package.json`), 'utf8')),
      );
      expect(components).toContainEqual(expect.objectContaining({ name, version }));
    }
    const licences = readFileSync(path.join(root, 'dist/bundled-licences.txt'), 'utf8');
    expect(
      components.filter(({ name, version }) => !licences.includes(`${name} ${version}\n\n====`)),
    ).toEqual([]);
  });

  it('is the program of sharp for every system that has one, of the version that is in dist', () => {
    const programs = (file: string): unknown =>
      Object.fromEntries(
        Object.entries(
          z
            .object({ optionalDependencies: z.record(z.string(), z.string()) })
            .parse(JSON.parse(readFileSync(path.join(root, file), 'utf8'))).optionalDependencies,
          // libvips comes with the program. WebAssembly for the others has 10 MB, which npm 10 would install everywhere.
        ).filter(([name]) => !/libvips|wasm32/.test(name)),
      );
    expect(programs('package.json')).toEqual(programs('node_modules/sharp/package.json'));
  });

  it('is told in one sentence where the program of sharp is missing', async () => {
    const failed = await run(process.execPath, [
      '--import',
      pathToFileURL(path.join(fixtures, 'without-image-program.mjs')).href,
      path.join(root, 'bin/autombw.js'),
      'score',
      '--scorer',
      'quality',
      path.join(root, 'docs/images/live.webp'),
    ]).then(
      () => undefined,
      (error: unknown) => z.object({ code: z.number(), stderr: z.string() }).parse(error),
    );
    expect(failed).toEqual({
      code: 1,
      stderr: `autombw: The image library (sharp) cannot be loaded on this system, ${process.platform} ${process.arch}: no optional package @img/sharp-… for it is installed. Install autombw again on this computer, without --omit=optional.\n`,
    });
  });

  it('is among what the audit asks for, wherever it is', () => {
    const shipped = shippedPlaces();
    const { components } = billSchema.parse(
      JSON.parse(readFileSync(path.join(root, 'dist/bundled.cdx.json'), 'utf8')),
    );
    const names = [...shipped].map((place) => place.replace(/^.*node_modules\//, ''));
    expect(components.filter(({ name }) => !names.includes(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['sharp', 'undici']));
    expect(names.filter((name) => ['vitest', 'typescript', 'oxlint'].includes(name))).toEqual([]);
  });
});

describe('the tarball', () => {
  it(
    'holds every entry with its types, and nothing that only a build needs',
    async () => {
      const npm =
        process.env['npm_execpath']?.endsWith('.js') === true ? process.env['npm_execpath'] : undefined;
      const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
      const { stdout } = await (npm === undefined
        ? run('npm', args, { cwd: root, shell: process.platform === 'win32', maxBuffer: 2 ** 26 })
        : run(process.execPath, [npm, ...args], { cwd: root, maxBuffer: 2 ** 26 }));
      const files = [...stdout.matchAll(/"path": "([^"]+)"/g)].map(([, file = '']) => file);
      const entries = ['index', 'optimizers/index', 'checkpoints/index', 'simulator/index'];
      expect(files).toEqual(
        expect.arrayContaining(entries.flatMap((entry) => [`dist/${entry}.js`, `dist/${entry}.d.ts`])),
      );
      expect(files).toEqual(
        expect.arrayContaining(['README.md', 'LICENSE', 'bin/autombw.js', 'docs/library.md', 'package.json']),
      );
      expect(files.filter((file) => /\.map$|tsbuildinfo|^src\/.*\.ts$|^tests\//.test(file))).toEqual([]);
      // The tiny world is a package of its own: with it the tarball is ten times as large.
      expect(files.filter((file) => file.startsWith('assets/tiny-world/'))).toEqual([]);
      const [, size] = /"size": (\d+)/.exec(stdout) ?? [];
      // Bytes.
      expect(Number(size)).toBeLessThan(3_000_000);
      const [, unpacked] = /"unpackedSize": (\d+)/.exec(stdout) ?? [];
      // Bytes: the production install, with the image libraries of this system.
      expect(Number(unpacked) + installedBytes()).toBeLessThan(38_000_000);
    },
    LONG,
  );
});
