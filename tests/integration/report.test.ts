/** Every search leaves a report, whatever it has to show. */
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findJournal } from '../../src/journal/find.ts';
import { filesOf } from '../../src/journal/name-run.ts';
import { makeReport } from '../../src/report/index.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { searchTiny } from '../helpers/run-search.ts';

function imagesIn(page: string): number {
  return page.match(/<img\s+src="data:image\/webp;base64,/g)?.length ?? 0;
}

describe('the report of a search', () => {
  it('lies beside the plot, with the images of A, B, half of each and the best', async () => {
    const { summary } = await searchTiny({ config: { baselines: true, saveImages: 'best' } });
    const file = summary.files['report'] ?? '';
    expect(file).toBe(filesOf(summary.files['journal'] ?? '').report);
    const page = readFileSync(file, 'utf8');
    // Four merges of two images each.
    expect(imagesIn(page)).toBe(8);
    for (const row of ['A', 'B', 'half', 'best']) expect(page).toContain(`<tr data-row="${row}">`);
    expect(page).toContain('<figcaption class="sr">Scores, with the best so far as a line</figcaption>');
    expect(page).toContain('Not enough data');
  });

  it('calls an iteration by one number, in its drawings too', async () => {
    const { summary } = await searchTiny({ config: { baselines: true, saveImages: 'none' } });
    const page = readFileSync(summary.files['report'] ?? '', 'utf8');
    const drawn = [...page.matchAll(/<title>O, iteration (\d+): score/g)].map(([, number]) => Number(number));
    // 1 to 3 are the baselines.
    expect([...new Set(drawn)].toSorted((one, other) => one - other)).toEqual([4, 5, 6, 7, 8, 9]);
  });

  it('shows the first merge beside the best where nothing else was measured', async () => {
    const { summary } = await searchTiny({ config: { saveImages: 'all', seed: 3 } });
    const page = readFileSync(summary.files['report'] ?? '', 'utf8');
    const rows = [...page.matchAll(/<tr data-row="(\w+)">/g)].map(([, row]) => row);
    expect(rows).toEqual(summary.recommended?.trial === 1 ? ['best'] : ['first', 'best']);
  });

  it('makes do without images, and with images that are gone or damaged', async () => {
    const none = await searchTiny({ config: { saveImages: 'none' } });
    const page = readFileSync(none.summary.files['report'] ?? '', 'utf8');
    expect(imagesIn(page)).toBe(0);
    expect(page).toContain('No images were kept: use --save-images best or all to keep them.');
    const { summary, journal } = await searchTiny({ config: { saveImages: 'all' } });
    const [first = ''] = readdirSync(summary.files['images'] ?? '');
    rmSync(path.join(summary.files['images'] ?? '', first));
    expect((await makeReport([journal])).runs).toHaveLength(1);
    rmSync(summary.files['images'] ?? '', { recursive: true });
    expect(imagesIn((await makeReport([journal])).page)).toBe(0);
  });

  it('never costs a run', async () => {
    let blocked = '';
    const folder = temporaryFolder();
    const { summary } = await searchTiny({
      folder,
      observers: [
        {
          name: 'blocks the report',
          onBegin: () => {
            blocked = filesOf(findJournal('O', folder)).report;
            mkdirSync(path.join(blocked, 'taken'), { recursive: true });
          },
        },
      ],
    });
    expect(summary.reason.kind).toBe('goal');
    expect(summary.files['plot']).toBeDefined();
    expect(summary.files['report']).toBeUndefined();
    expect(summary.unwritten).toEqual([blocked]);
  });
});
