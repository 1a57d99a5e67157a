import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The architecture in one table: what each folder of src may import beside its own files and the shared words
 * (types, errors, wording, the mechanisms of `shared/` and the blocks of `space/`). `run/` is the only code that knows the order of the stages.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  // The ground: mechanisms that know nothing of merging.
  shared: [],
  space: [],
  optimizers: [],
  landscape: [],
  payload: ['prompts'],
  prompts: [],
  images: ['config', 'journal'],
  score: ['images'],
  // The way of merging that writes the checkpoints itself.
  renderers: ['checkpoints'],
  stop: [],
  plot: [],
  formats: [],
  observers: [],
  config: [],
  // The file format alone: what a key means, the simulated servers know by themselves.
  simulator: ['checkpoints', 'images', 'landscape'],
  recover: ['formats'],
  checkpoints: ['formats'],
  // The plan in the first line of a journal holds the configuration.
  journal: ['config'],
  weights: ['checkpoints', 'formats', 'journal'],
  outputs: ['formats', 'journal', 'observers', 'plot'],
  judging: ['config', 'images', 'journal', 'score'],
  // Weights in, scored images out: it knows neither the run nor its journal nor its configuration.
  trial: ['images', 'renderers', 'score'],
  run: [
    'checkpoints',
    'config',
    'formats',
    'images',
    'journal',
    'judging',
    'observers',
    'optimizers',
    'outputs',
    'payload',
    'prompts',
    'recover',
    'renderers',
    'score',
    'stop',
    'trial',
    'weights',
  ],
  cli: [
    'checkpoints',
    'config',
    'formats',
    'images',
    'journal',
    'judging',
    'landscape',
    'observers',
    'optimizers',
    'outputs',
    'payload',
    'plot',
    'prompts',
    'recover',
    'renderers',
    'run',
    'score',
    'simulator',
    'stop',
    'trial',
    'weights',
  ],
};
const GROUND = new Set(['shared', 'space']);
const SHARED_WORDS = new Set(['types.ts']);

const src = path.resolve(import.meta.dirname, '../../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(src, file), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, specifier = '']) =>
    path.relative(src, path.resolve(src, path.dirname(file), specifier)).replaceAll('\\', '/'),
  );
}

describe('import rule', () => {
  it('knows every folder', () => {
    const folders = new Set(
      files.filter((file) => /[\\/]/.test(file)).map((file) => file.split(/[\\/]/)[0] ?? ''),
    );
    expect([...folders].toSorted()).toEqual(Object.keys(MAY_IMPORT).toSorted());
  });

  it.each(Object.keys(MAY_IMPORT))('%s imports only what it may', (folder) => {
    const offending = files
      .filter((file) => file.split(/[\\/]/)[0] === folder)
      .flatMap((file) => importsOf(file).map((target) => ({ file, target })))
      .filter(({ target }) => {
        const [top = ''] = target.split('/');
        if (top === folder || GROUND.has(top) || SHARED_WORDS.has(target)) return false;
        return !(MAY_IMPORT[folder] ?? []).includes(top);
      });
    expect(offending).toEqual([]);
  });

  it('keeps undici inside the renderers and the one client of the scorers that ask servers', () => {
    const importing = files
      .filter((file) => /(?:from |import\()'undici'/.test(readFileSync(path.join(src, file), 'utf8')))
      .map((file) => file.replaceAll('\\', '/'));
    expect(
      importing.filter((file) => !/^(?:renderers\/|score\/external\/http-client\.ts$)/.test(file)),
    ).toEqual([]);
  });

  it('makes the scorers of a run once a start: where it is planned, resumed or calibrated', () => {
    const making = files
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => /^(?:run|trial)\//.test(file))
      .filter((file) =>
        /\b(?:makeScoring|makeScorers|createScorers)\(/.test(readFileSync(path.join(src, file), 'utf8')),
      );
    expect(making.toSorted()).toEqual(['run/1-plan.ts', 'run/calibrate.ts', 'run/run.ts']);
  });

  it('loads undici for the scorer only when it is opened', () => {
    const eager = files
      .filter((file) => file.startsWith('score'))
      .filter((file) => /^import (?!type).*'undici'/m.test(readFileSync(path.join(src, file), 'utf8')));
    expect(eager).toEqual([]);
  });

  it('loads only commander and small own modules for --help', () => {
    const reached = new Set<string>();
    const libraries = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file) || !file.endsWith('.ts')) return;
      reached.add(file);
      const text = readFileSync(path.join(src, file), 'utf8');
      for (const [, clause = '', specifier = ''] of text.matchAll(
        /^(?:import|export)\s+([^;]*?)from\s+'([^']+)'/gm,
      )) {
        if (clause.startsWith('type ')) continue;
        if (specifier.startsWith('.'))
          visit(path.relative(src, path.resolve(src, path.dirname(file), specifier)).replaceAll('\\', '/'));
        else if (!specifier.startsWith('node:')) libraries.add(specifier);
      }
    };
    visit('cli/run.ts');
    expect([...libraries]).toEqual(['commander']);
  });
});
