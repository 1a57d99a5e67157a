/** What the optimizer believes, over HTTP and by the built thread: of a search that is under way, and of a journal on the disk. */
import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { PageBeliefs } from '../../src/page/beliefs/state.ts';
import { runId } from '../../src/page/watched-run.ts';
import { blockJournal } from '../helpers/block-journal.ts';
import { listedRun, usePages } from '../helpers/page.ts';
import { searchOn, startFaulty } from '../helpers/simulated-search.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const open = usePages();

async function beliefsAt(url: string, journal: string): Promise<PageBeliefs> {
  const reply = await fetch(`${url}api/runs/${runId(journal)}/beliefs`);
  expect(reply.status).toBe(200);
  return (await reply.json()) as PageBeliefs;
}

describe('what the optimizer believes', () => {
  it('is told while the search continues, which does not wait for it', async () => {
    const simulator = await startFaulty({});
    const journals: string[] = [];
    const { url } = await open({ list: () => journals.map((file) => listedRun(file)) });
    const asked: Promise<PageBeliefs>[] = [];
    let whileRunning = 0;
    const observer = {
      name: 'page of the test',
      onBegin: ({ journal }: { readonly journal: string }) => void journals.push(journal),
      onTrial: () => {
        const [journal] = journals;
        if (journal !== undefined && asked.length < 8)
          asked.push(
            beliefsAt(url, journal).then((beliefs) => {
              whileRunning++;
              return beliefs;
            }),
          );
      },
    };
    try {
      const config = { iterations: 20, baselines: true };
      const { summary } = await searchOn([simulator], { observers: [observer], config });
      expect(summary.iterations).toBe(20);
      const early = (await Promise.all(asked))[0];
      expect(whileRunning).toBe(8);
      expect(early?.missing).toBeGreaterThan(0);
      expect(early?.reason).toContain('Not enough data');
      const [journal = ''] = journals;
      const last = await vi.waitFor(async () => {
        const beliefs = await beliefsAt(url, journal);
        expect(beliefs.isOld).toBe(false);
        return beliefs;
      }, 60_000);
      expect(last.trials).toBe(23);
      expect(last.missing).toBeNull();
      expect(last.slices).toHaveLength(last.dimensions.length);
      expect(last.top[0]?.trial).toBe(summary.best?.trial);
    } finally {
      await simulator.close();
    }
  });

  it('is computed by the built thread as it is here, and a line that is being written is waited for', async () => {
    const journal = path.join(temporaryFolder('beliefs'), 'O.journal.jsonl');
    const records = blockJournal(30, (weights) => 5 * (weights['IN04'] ?? 0));
    writeFileSync(journal, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    appendFileSync(journal, '{"kind":"ask');
    const { url } = await open({ list: () => [listedRun(journal)] });
    const beliefs = await beliefsAt(url, journal);
    expect(beliefs).toMatchObject({ trials: 33, reason: null, isOld: false });
    expect(beliefs.importance[0]?.name).toBe('IN04');
  });

  it.each(['0000000000000000', '..', 'x'.repeat(60)])('is not told of the run %s', async (id) => {
    const { url } = await open({ list: () => [] });
    const { status } = await fetch(`${url}api/runs/${encodeURIComponent(id)}/beliefs`);
    expect([404, 414]).toContain(status);
  });

  it('says why where the journal cannot be read', async () => {
    const journal = path.join(temporaryFolder('beliefs'), 'gone.journal.jsonl');
    const { url } = await open({ list: () => [listedRun(journal)] });
    const { reason, trials } = await beliefsAt(url, journal);
    expect(reason).not.toBeNull();
    expect(trials).toBe(0);
  });
});
