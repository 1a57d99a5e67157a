import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runError } from '../../src/shared/errors.ts';
import type { BlockWeights } from '../../src/types.ts';
import { resumeTiny, searchTiny, temporaryFolder, timelessJournal } from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

/** Some points fail whatever is tried, so that failures are replayed too. */
const failAt = (weights: BlockWeights): Error | undefined =>
  (weights.IN03 ?? 0) > 0.75 ? runError('image-degenerate', 'black') : undefined;
const renderers = (): TinyRenderer[] => [new TinyRenderer({ failAt })];

describe.each([
  { optimizer: 'random' },
  { optimizer: 'hill-climbing' },
  { optimizer: 'bayesian' },
  { optimizer: 'hill-climbing', optimizerB: 'bayesian', balance: 0.5 },
])('a run with $optimizer $optimizerB, stopped anywhere', (search) => {
  const config = { ...search, iterations: 9, earlyStop: false, maxFailures: 100 };

  it('resumes to the same CSV as if it had never stopped', async () => {
    const whole = await searchTiny({ config, renderers: renderers() });
    const lines = whole.journalText.split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThan(2 * 9);
    // All that a run knows is in its journal: stopping at any point of the loop leaves one of its beginnings,
    // the last line perhaps half written.
    const beginnings = lines.flatMap((_, count) => {
      const kept = lines
        .slice(0, count + 1)
        .map((line) => `${line}\n`)
        .join('');
      const torn = kept + (lines[count + 1] ?? '').slice(0, 20);
      return count % 4 === 0 ? [kept, torn] : [kept];
    });
    for (const [n, beginning] of beginnings.entries()) {
      const folder = path.join(temporaryFolder(), 'csv', 'history', 'A - B');
      mkdirSync(folder, { recursive: true });
      const journal = path.join(folder, 'O-0-2026-01-01-00-00-00.journal.jsonl');
      writeFileSync(journal, beginning);
      const resumed = await resumeTiny(journal, { renderers: renderers() });
      expect(resumed.csv, `stopped after line ${n + 1}`).toBe(whole.csv);
    }
  });

  it('writes the same journal for the same seed, times aside', async () => {
    const one = await searchTiny({ config, renderers: renderers() });
    const two = await searchTiny({ config, renderers: renderers() });
    expect(timelessJournal(two.journalText, two.folder)).toBe(timelessJournal(one.journalText, one.folder));
    const other = await searchTiny({ config: { ...config, seed: 2 }, renderers: renderers() });
    expect(other.csv).not.toBe(one.csv);
  });
});

describe('resume', () => {
  it('goes on with other limits and records them', async () => {
    const first = await searchTiny({ config: { iterations: 3 } });
    const more = await resumeTiny(first.journal, { config: { iterations: 5 } });
    expect(more.summary.iterations).toBe(5);
    expect(more.journalText).toContain('"kind":"resumed","limits":{"iterations":5}');
    expect(more.csv.startsWith(first.csv.trimEnd())).toBe(true);
  });

  it('refuses what would make scores incomparable', async () => {
    const { journal } = await searchTiny({ config: { iterations: 1 } });
    await expect(resumeTiny(journal, { config: { tally: 'median' } })).rejects.toThrow(
      /^--tally is fixed by the plan of the run/,
    );
  });

  it('refuses other models', async () => {
    const { journal } = await searchTiny({ config: { iterations: 1 } });
    const stranger = new TinyRenderer();
    stranger.open = async () => {
      const model = (name: string) => ({ name, file: `${name}.safetensors`, hash: null });
      return { family: 'tiny', version: '1', mergeWay: 'tiny', modelA: model('X'), modelB: model('B') };
    };
    await expect(resumeTiny(journal, { renderers: [stranger] })).rejects.toThrow(
      /made with A.safetensors .* now has X/,
    );
    expect(stranger.calls).toContain('close');
  });

  it('learns what another version of the optimizer has found, and says so', async () => {
    const { journal, journalText } = await searchTiny({ config: { iterations: 4, optimizer: 'bayesian' } });
    // As if the optimizer had proposed other points then.
    const lines = journalText.split('\n').filter((line) => !line.startsWith('{"kind":"stopped"'));
    const moved = lines.map((line) =>
      line.includes('"asked","trial":2') ? line.replace(/"point":\[[\d.]+/, '"point":[0.3') : line,
    );
    writeFileSync(journal, moved.join('\n'));
    const notices: string[] = [];
    const observer = {
      name: 'test',
      onNotice: ({ message }: { message: string }) => void notices.push(message),
    };
    const resumed = await resumeTiny(journal, { config: { iterations: 6 }, observers: [observer] });
    const line = moved.findIndex((text) => text.includes('"asked","trial":2')) + 1;
    expect(notices.join()).toMatch(/proposes different points/);
    expect(notices.join()).toContain(
      `from iteration 2 on (line ${line} of the journal), where IN00 was 0.3 and`,
    );
    expect(resumed.summary.iterations).toBe(6);
    expect(readFileSync(journal, 'utf8').match(/"kind":"asked"/g)).toHaveLength(6);
  });
});

describe('an old history', () => {
  const history = path.resolve(import.meta.dirname, '../fixtures/plot/history.csv');

  it('is learnt row by row, counts as no iteration, and is replayed', async () => {
    const config = { learn: [history], iterations: 3, optimizer: 'bayesian' };
    const taught = await searchTiny({ config });
    expect(taught.summary.iterations).toBe(3);
    expect(taught.journalText.match(/"kind":"prior"/g)).toHaveLength(102);
    const untaught = await searchTiny({ config: { ...config, learn: [] } });
    expect(untaught.csv).not.toBe(taught.csv);
    const more = await resumeTiny(taught.journal, { config: { iterations: 5 } });
    const whole = await searchTiny({ config: { ...config, iterations: 5 } });
    expect(more.csv).toBe(whole.csv);
  });

  it('must exist', async () => {
    await expect(searchTiny({ config: { learn: ['nope.csv'] } })).rejects.toThrow(/nope.csv cannot be read/);
  });
});

describe('semantics of the Python tool', () => {
  it('are there for hill climbing, and refused where they explain nothing', async () => {
    const compat = { optimizer: 'hill-climbing', optimizerSemantics: 'compat', iterations: 2 };
    const { journalText } = await searchTiny({ config: compat });
    expect(journalText).toContain('"semantics":"compat"');
    await expect(searchTiny({ config: { ...compat, optimizer: 'bayesian' } })).rejects.toThrow(
      /^bayesian has no "compat" mode; it is available for hill-climbing, /,
    );
  });
});
