/** What a command says that was not given what it needs, or a word that is not among its choices. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runInProcess } from '../../helpers/fake-process.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const RELEASED = path.resolve(
  import.meta.dirname,
  '../../fixtures/journals/main-2026-11-images.journal.jsonl',
);
const HISTORY = path.resolve(import.meta.dirname, '../../fixtures/journals/v0.1.0.csv');
const COMMANDS = [
  ['resume'],
  ['verify'],
  ['report'],
  ['pick'],
  ['prove'],
  ['rescore'],
  ['sheet'],
  ['explain'],
  ['compare'],
  ['status'],
  ['pause'],
];

function folderWithRuns(...names: string[]): string {
  const folder = temporaryFolder('complaints');
  const history = path.join(folder, 'csv/history/A - B');
  mkdirSync(history, { recursive: true });
  for (const name of names) copyFileSync(RELEASED, path.join(history, `${name}.journal.jsonl`));
  return folder;
}

describe('a command about a run that was given none', () => {
  it.each(COMMANDS)(
    '%s lists the runs that there are, newest first, and says how to name one',
    async (...words) => {
      const folder = folderWithRuns('old-0-2026-01-01-00-00-00', 'new-0-2026-02-01-00-00-00');
      const { code, stdout, stderr } = await runInProcess([...words, '--folder', folder]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      const [first = '', ...lines] = stderr.split('\n');
      expect(first).toBe(`autombw: ${words.join(' ')} needs a run. There are 2, newest first:`);
      const listed = lines.flatMap((line) => /A - B.(\w+)-0-/.exec(line)?.[1] ?? []);
      expect(listed).toEqual(['new', 'old']);
      expect(lines.at(-2)).toContain(`autombw ${words.join(' ')} new --folder "${folder}"`);
    },
  );

  it.each(COMMANDS)('%s says how to begin where there is none', async (...words) => {
    const { code, stderr } = await runInProcess([...words, '--folder', temporaryFolder('none')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^autombw: \w+ needs a run, and there are no runs in .*autombw init .*autombw search/,
    );
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('lists five, and says where the others are', async () => {
    const names = [1, 2, 3, 4, 5, 6, 7].map((day) => `m${day}-0-2026-01-0${day}-00-00-00`);
    const { stderr } = await runInProcess(['verify', '--folder', folderWithRuns(...names)]);
    expect(stderr).toContain('There are 7; the newest 5:');
    expect(stderr.match(/m\d(?=-0-)/g)).toEqual([7, 6, 5, 4, 3].map((n) => `m${n}`));
    expect(stderr).toContain('autombw history lists all.');
  });

  it('lists histories without a journal for commands that read them, and for no others', async () => {
    const folder = folderWithRuns();
    const csv = path.join(folder, 'csv/history/A - B/py-0-2023-11-17-04-13PM-01.csv');
    writeFileSync(csv, 'not a history\n');
    expect((await runInProcess(['explain', '--folder', folder])).stderr).toContain(csv);
    expect((await runInProcess(['resume', '--folder', folder])).stderr).toContain('there are no runs');
  });

  it('compare says which of the two is missing', async () => {
    const folder = folderWithRuns('new-0-2026-02-01-00-00-00');
    const { stderr } = await runInProcess(['compare', 'new', '--folder', folder]);
    expect(stderr).toContain('compare needs a second run to compare with. There is one:');
    expect(stderr).toContain('autombw compare RUN new');
  });
});

describe('a command that lacks something else', () => {
  it('says what it is, in the words of the help', async () => {
    expect((await runInProcess(['inspect'])).stderr).toBe(
      'autombw: inspect needs <file> (Checkpoint); autombw inspect --help lists all options.\n',
    );
    const { code, stderr } = await runInProcess(['convert', 'preset:GRAD_V']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^autombw: convert needs --to <format> \(Output format: recipe, .*journal\); /);
  });
});

describe('a word that is not among the choices', () => {
  it.each([
    [['convert', 'preset:GRAD_V', '--to', 'lists'], 'list'],
    [['search', '--backend', 'runtime-blok-merge'], 'runtime-block-merge'],
    [['history', '--state', 'finishd'], 'finished'],
    [['simulate', '--family', 'confyui'], 'comfyui'],
    [['plot', 'x.csv', '--view', 'rewards'], 'reward'],
  ])('%j: the nearest is named', async (words, nearest) => {
    const { code, stderr } = await runInProcess(words);
    expect(code).toBe(2);
    expect(stderr).toContain(`Did you mean "${nearest}"?`);
    expect(stderr).toContain(' must be one of ');
  });
});

describe('a history without its journal', () => {
  const header = readFileSync(HISTORY, 'utf8');

  it('is listed, in its folder and by itself', async () => {
    const folder = folderWithRuns('new-0-2026-02-01-00-00-00');
    const csv = path.join(folder, 'csv/history/A - B/py-0-2023-11-17-04-13PM-01.csv');
    writeFileSync(csv, header);
    const all = await runInProcess(['history', folder]);
    expect({ code: all.code, stderr: all.stderr }).toEqual({ code: 0, stderr: '' });
    expect(all.stdout).toMatch(/^2023-11-17 16:13 {2}no journal {2}best /m);
    const alone = await runInProcess(['history', csv, '--json']);
    expect(JSON.parse(alone.stdout)).toMatchObject({ runs: [{ state: 'csv', file: csv, output: 'py' }] });
  });

  it('is what a command that needs the journal says it can be used for', async () => {
    const folder = folderWithRuns();
    const csv = path.join(folder, 'py.csv');
    writeFileSync(csv, header);
    const { code, stderr } = await runInProcess(['verify', csv]);
    expect(code).toBe(2);
    expect(stderr).toContain('A history alone can be plotted, explained, compared and converted.');
    expect((await runInProcess(['plot', csv, '--json'])).code).toBe(0);
  });
});
