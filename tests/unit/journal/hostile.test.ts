/** A journal that somebody sent leads nowhere but into its own folder, and takes no memory for what is no journal. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { proofImageStem } from '../../../src/images/names.ts';
import { JournalFollower } from '../../../src/journal/follow.ts';
import { parseJournal } from '../../../src/journal/read.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const RELEASED = path.resolve(import.meta.dirname, '../../fixtures/journals/v0.1.0.journal.jsonl');
const [PLAN = ''] = readFileSync(RELEASED, 'utf8').split('\n');

function planWith(change: (record: { recipe: string; plan: Record<string, unknown> }) => void): string {
  const record = JSON.parse(PLAN) as { recipe: string; plan: Record<string, unknown> };
  change(record);
  return `${JSON.stringify(record)}\n`;
}

describe('a journal of somebody else', () => {
  it.each(['../../.bashrc', '/etc/cron.d/x', String.raw`..\x`, 'recipes/../../x'])(
    'has its recipe nowhere else: %s',
    (recipe) => {
      const text = planWith((record) => (record.recipe = recipe));
      expect(() => parseJournal(text, 'x')).toThrow(
        /line 1 \(recipe: points outside the folder of the run\)/,
      );
    },
  );

  it('belongs to no chain that lies elsewhere', () => {
    const text = planWith(({ plan }) => (plan['chain'] = '../x.chain.jsonl'));
    expect(() => parseJournal(text, 'x')).toThrow(/plan\.chain: points outside the folder of the run\)/);
  });

  it('names no picture of a proof outside its folder', () => {
    const proof = {
      proof: 1,
      requests: [{ id: 'r', payload: '../../p', seeds: [7] }],
      images: [{ request: 'r', index: 0 }],
    };
    const stem = proofImageStem(proof, '/../../../evil', { request: 'r', index: 0 });
    expect(stem).toBe('proof1-_.._.._.._evil-.._.._p-1-7');
  });

  it('of millions of broken lines is given up early', async () => {
    const file = path.join(temporaryFolder('hostile'), 'x.journal.jsonl');
    writeFileSync(file, PLAN + '\n'.repeat(2_000_000));
    const follower = new JournalFollower(file);
    await expect(follower.read()).rejects.toThrow(/more than 1000 of its lines are not records/);
    await expect(follower.read()).rejects.toThrow(/more than 1000/);
    expect(() => parseJournal(readFileSync(file, 'utf8'), 'x')).toThrow(/is damaged in line 2/);
  });
});
