import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { chainConfigSchema } from '../../src/config/schema.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => read(path.join('src', file)));

describe('docs/errors.md', () => {
  const documented = new Set(
    [...read('docs/errors.md').matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map(([, code]) => code),
  );

  it('names every error code, and none that is gone', () => {
    const thrown = new Set(
      sources.flatMap((text) => [
        ...[...text.matchAll(/(?:usageError|runError|webuiError|WebuiError)\(\s*'([a-z-]+)'/g)].map(
          ([, code]) => code,
        ),
        ...[...text.matchAll(/\| '(webui-[a-z-]+)'/g)].map(([, code]) => code),
      ]),
    );
    expect(thrown.size).toBeGreaterThan(60);
    expect([...thrown].filter((code) => !documented.has(code))).toEqual([]);
    const mentioned = sources.join('\n');
    const gone = [...documented].filter((code) => code?.includes('-') && !mentioned.includes(`'${code}'`));
    expect(gone).toEqual([]);
  });
});

describe('README.md', () => {
  it('names every option of a search', () => {
    const readme = read('README.md');
    const flags = Object.keys(chainConfigSchema.shape)
      .filter((key) => key !== '$schema')
      .map((key) => `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
    const negated = (flag: string): string => flag.replace('--', '--no-');
    expect(flags.filter((flag) => !readme.includes(flag) && !readme.includes(negated(flag)))).toEqual([]);
  });

  it('names only scripts and commands that exist', () => {
    const readme = read('README.md');
    const manifest: unknown = JSON.parse(read('package.json'));
    const scripts =
      typeof manifest === 'object' && manifest !== null && 'scripts' in manifest
        ? Object.keys(manifest.scripts ?? {})
        : [];
    for (const [, name = ''] of readme.matchAll(/npm run ([a-z:]+)/g)) expect(scripts).toContain(name);
    const groups = ['runs', 'payloads', 'servers', 'files', 'records', 'algorithms'];
    const program = groups.map((group) => read(`src/cli/program/${group}.ts`)).join('');
    const examples = [...readme.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block).join('');
    const commands = new Set([...examples.matchAll(/^autombw ([a-z]+)/gm)].map(([, name]) => name));
    expect(commands.size).toBeGreaterThan(5);
    for (const name of commands) expect(program).toContain(`.command('${name}`);
  });
});
