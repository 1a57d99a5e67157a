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
  simulator: ['images', 'landscape'],
  recover: ['formats'],
  checkpoints: ['formats'],
  // The plan in the first line of a journal holds the configuration.
  journal: ['config'],
  weights: ['checkpoints', 'formats', 'journal'],
  outputs: ['formats', 'journal', 'observers', 'plot'],
  judging: ['config', 'images', 'journal', 'score'],
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

  it('keeps undici inside the one transport, and its WebSocket inside the renderer that listens', () => {
    const importing = files
      .filter((file) => /(?:from |import\()'undici'/.test(readFileSync(path.join(src, file), 'utf8')))
      .map((file) => file.replaceAll('\\', '/'));
    expect(importing.toSorted()).toEqual(['renderers/comfyui/socket.ts', 'shared/http/transport.ts']);
  });

  it('loads undici for the transport only when something is asked', () => {
    const eager = files
      .filter((file) => file.startsWith('shared'))
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
