/** `autombw report`, as it is typed. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runInProcess } from '../helpers/fake-process.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const JOURNALS = path.resolve(import.meta.dirname, '../fixtures/journals');

let folder: string;
beforeEach(() => {
  folder = temporaryFolder('report');
});

/** A released journal without its images and its recipe. */
function copyOf(name: string, to = name): string {
  const file = path.join(folder, `${to}.journal.jsonl`);
  cpSync(path.join(JOURNALS, `${name}.journal.jsonl`), file);
  return file;
}

async function report(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runInProcess(['report', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

function textOf(file: string): string {
  return readFileSync(file, 'utf8')
    .replaceAll(/<(style|script)>.*?<\/\1>/gs, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
}

describe('report', () => {
  it.each(['v0.1.0', 'v0.1.0-hills', 'main-2026-11', 'main-2026-11-images', 'main-2026-11-pass'])(
    'is made of the released journal %s, beside it',
    async (name) => {
      const journal = copyOf(name);
      const file = await report(journal);
      expect(file).toBe(path.join(folder, `${name}.report.html`));
      const text = textOf(file);
      expect(text).toContain('Not proved');
      expect(text).toContain('No images were kept');
      expect(text).toContain('The plan Model A (0)');
      expect(readFileSync(file).length).toBeLessThan(200_000);
    },
  );

  it('is made of a journal that was recovered from a log', async () => {
    const file = await report(copyOf('main-2026-11-learnt'));
    expect(textOf(file)).toContain('This journal was recovered from a log');
    expect(textOf(file)).not.toContain('autombw prove');
  });

  it('is made of a journal that was cut off, and says so', async () => {
    const journal = copyOf('v0.1.0');
    const lines = readFileSync(journal, 'utf8')
      .trimEnd()
      .split('\n')
      .filter((line) => !line.includes('"kind":"stopped"'));
    writeFileSync(journal, `${lines.join('\n')}\n{"kind":"ask`);
    const text = textOf(await report(journal));
    expect(text).toContain('Warnings and failures It ended unexpectedly');
    expect(text).toContain('The last line of the journal is cut off');
    expect(text).toContain('autombw resume');
  });

  it('is made of the plan alone, when nothing was measured yet', async () => {
    const journal = copyOf('v0.1.0');
    const [first = ''] = readFileSync(journal, 'utf8').split('\n');
    writeFileSync(journal, `${first}\n`);
    expect(textOf(await report(journal))).toContain('Nothing was scored');
  });

  it('puts several runs on one page, each once', async () => {
    const [one, two] = [copyOf('v0.1.0', 'one'), copyOf('v0.1.0', 'two')];
    const output = path.join(folder, 'all', 'both.html');
    expect(await report(one, two, one, '--output', output)).toBe(output);
    const text = textOf(output);
    expect(text).toContain('2 runs Which run is the best?');
    expect(text).toContain('Run 1, Run 2: the same score');
  });

  it('takes the next free name for a page of several runs', async () => {
    const runs = ['one', 'two'].map((name) => copyOf('v0.1.0', name));
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect((await runInProcess(['report', ...runs])).stdout).toBe('report.html\n');
      expect((await runInProcess(['report', ...runs])).stdout).toBe('report-2.html\n');
      expect((await runInProcess(['report', ...runs, '--force'])).stdout).toBe('report.html\n');
    } finally {
      process.chdir(before);
    }
  });

  it('takes a chain for the searches in it that are there', async () => {
    const history = path.join(folder, 'csv', 'history');
    mkdirSync(path.join(history, 'A - B'), { recursive: true });
    const chain = path.join(history, 'C.chain.jsonl');
    const time = { at: '2026-01-01T00:00:00.000Z' };
    const records = [
      { kind: 'chain', version: 1, config: {}, time },
      { kind: 'begun', step: '1', journal: 'csv/history/A - B/one.journal.jsonl', time },
      { kind: 'begun', step: '2', journal: 'csv/history/A - B/gone.journal.jsonl', time },
    ];
    writeFileSync(chain, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const nothing = await runInProcess(['report', chain]);
    expect(nothing).toMatchObject({ code: 2, stdout: '' });
    expect(nothing.stderr).toContain('None of the journals of the chain');
    cpSync(copyOf('v0.1.0'), path.join(history, 'A - B', 'one.journal.jsonl'));
    const { code, stderr } = await runInProcess(['report', chain]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/gone\.journal\.jsonl no longer exists\./);
    expect(existsSync(path.join(history, 'A - B', 'one.report.html'))).toBe(true);
  });

  it('tells what it wrote as JSON', async () => {
    const journal = copyOf('v0.1.0');
    const told: unknown = JSON.parse(await report(journal, '--json'));
    expect(told).toMatchObject({
      output: path.join(folder, 'v0.1.0.report.html'),
      images: 0,
      runs: [{ journal, proved: null }],
    });
  });

  it('refuses another ending, and a run that is not there', async () => {
    const ending = await runInProcess(['report', copyOf('v0.1.0'), '--output', 'x.pdf']);
    expect(ending).toMatchObject({ code: 2, stdout: '' });
    expect(ending.stderr).toContain('must end in .html');
    const missing = await runInProcess(['report', 'nobody', '--folder', folder]);
    expect(missing.stderr).toContain('There is no run "nobody"');
  });
});
