import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The architecture in one table: what each folder of src may import beside its own files, the shared words of `types.ts`
 * and the ground (the mechanisms of `shared/`, the model families of `architectures/`, the blocks of `space/`). `run/` is the
 * only code that knows the order of the stages.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  // The ground: mechanisms that know nothing of merging.
  shared: [],
  architectures: [],
  space: [],
  optimizers: [],
  landscape: [],
  allocation: ['optimizers'],
  importance: ['journal', 'judging', 'optimizers', 'stop', 'weights'],
  payload: ['prompts'],
  prompts: [],
  images: ['config', 'journal'],
  // People are asked beside the journal.
  score: ['images', 'journal'],
  // The backend that writes the checkpoints itself, and where it is kept how a server was.
  renderers: ['checkpoints', 'claims'],
  // What an iteration gains where there are several goals.
  stop: ['goals'],
  // Scorers that are kept apart: values and fronts, out of what the journal keeps of images.
  goals: ['allocation', 'config', 'images', 'journal', 'judging', 'optimizers', 'plot', 'score'],
  // What this machine keeps of servers: which command draws on which.
  claims: [],
  plot: [],
  // What a run does, for a browser: it follows the journal, and writes nothing but requests and answers beside it. Of checkpoints it counts the parameters of blocks.
  page: [
    'checkpoints',
    'goals',
    'images',
    'importance',
    'journal',
    'judging',
    'observers',
    'optimizers',
    'proof',
    'report',
    'stop',
  ],
  formats: [],
  observers: [],
  // Who is told what happens in a run.
  events: ['observers'],
  // Images of a run's merges beside each other.
  sheet: ['images', 'journal', 'judging', 'plot', 'proof'],
  // What is compared by whom, and what it shows; a stage of the run draws it.
  proof: ['allocation', 'config', 'journal', 'payload', 'prompts'],
  // Which family the files of the models are, what `--on-event` may name, and how a fleet file is written.
  config: ['checkpoints', 'events', 'payload'],
  simulator: ['images', 'landscape'],
  recover: ['formats'],
  // The recipe in the metadata, as the Python tool writes it.
  checkpoints: ['formats'],
  // A released journal can be read whatever becomes of the options: their shape in it is frozen there.
  journal: [],
  weights: ['checkpoints', 'formats', 'journal', 'judging'],
  outputs: ['formats', 'goals', 'importance', 'journal', 'judging', 'observers', 'plot', 'report', 'sheet'],
  // What a run has come to, for people: it reads a journal, and whatever else can be told of it.
  report: [
    'config',
    'formats',
    'goals',
    'images',
    'importance',
    'journal',
    'judging',
    'plot',
    'proof',
    'score',
    'sheet',
    'stop',
    'weights',
  ],
  judging: ['allocation', 'config', 'images', 'journal', 'score'],
  // Workers elsewhere take a run's images from Redis: both sides, which know neither the run nor its journal.
  queue: ['images', 'renderers', 'score', 'trial'],
  // A run or a worker as numbers, for whoever watches many of them.
  metrics: ['observers'],
  // Weights in, scored images out: it knows neither the run nor its journal nor its configuration.
  trial: ['images', 'renderers', 'score'],
  // Several evaluators as one: it knows neither the run nor its journal.
  fleet: ['images', 'trial'],
  run: [
    'fleet',
    'allocation',
    'checkpoints',
    'config',
    'fleet',
    'formats',
    'goals',
    'images',
    'journal',
    'judging',
    'observers',
    'optimizers',
    'outputs',
    'payload',
    'prompts',
    'proof',
    'recover',
    'renderers',
    'score',
    'stop',
    'trial',
    'weights',
  ],
  cli: [
    'checkpoints',
    'claims',
    'config',
    'events',
    'formats',
    'goals',
    'images',
    'importance',
    'journal',
    'judging',
    'landscape',
    'metrics',
    'observers',
    'optimizers',
    'outputs',
    'page',
    'payload',
    'plot',
    'prompts',
    'proof',
    'queue',
    'recover',
    'renderers',
    'report',
    'run',
    'score',
    'sheet',
    'simulator',
    'stop',
    'trial',
    'weights',
  ],
};
const GROUND = new Set(['shared', 'architectures', 'space']);
const SHARED_WORDS = new Set(['types.ts']);

const src = path.resolve(import.meta.dirname, '../../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(src, file), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, specifier = '']) =>
    path.relative(src, path.resolve(src, path.dirname(file), specifier)).replaceAll('\\', '/'),
  );
}

/** Files that reach each other, as groups: the strongly connected components after Tarjan, without those of one file. */
function circlesOf(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): number => {
    const own = order.size;
    order.set(file, own);
    stack.push(file);
    let low = own;
    for (const target of imports.get(file) ?? []) {
      if (!order.has(target)) low = Math.min(low, visit(target));
      else if (stack.includes(target)) low = Math.min(low, lowest.get(target) ?? order.get(target) ?? low);
    }
    lowest.set(file, low);
    if (low === own) {
      const group = stack.splice(stack.indexOf(file));
      if (group.length > 1) circles.push(group.toSorted());
    }
    return low;
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return circles;
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

  it('has no circles, type imports included', () => {
    const imports = new Map(files.map((file) => [file.replaceAll('\\', '/'), importsOf(file)]));
    expect(circlesOf(imports)).toEqual([]);
  });

  it('keeps undici inside the one transport, and its WebSocket inside the renderer that listens', () => {
    const importing = files
      .filter((file) => /(?:from |import\()'undici'/.test(readFileSync(path.join(src, file), 'utf8')))
      .map((file) => file.replaceAll('\\', '/'));
    expect(importing.toSorted()).toEqual(['renderers/comfyui/queue/socket.ts', 'shared/http/transport.ts']);
  });

  it('makes the scorers of a run once a start: where it is planned, resumed or calibrated', () => {
    const making = files
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => /^(?:run|trial)\//.test(file))
      .filter((file) =>
        /\b(?:makeScoring|makeScorers|createScorers)\(/.test(readFileSync(path.join(src, file), 'utf8')),
      );
    expect(making.toSorted()).toEqual([
      'run/1-plan.ts',
      'run/calibrate.ts',
      'run/prove-run.ts',
      'run/run.ts',
    ]);
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
