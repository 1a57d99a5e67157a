/** Histories and lists of other blocks than those of a search: nothing of them can be learned. */
import { describe, expect, it } from 'vitest';
import { readJournal } from '../../src/journal/read.ts';
import { searchTiny, type SearchResult } from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';

const search = async (architecture: string, config: object = {}): Promise<SearchResult> =>
  searchTiny({
    config: { architecture, iterations: 2, ...config },
    renderers: [new TinyRenderer({ architecture })],
  });

const FLUX = 'flux1:double_blocks=4,single_blocks=8';

describe.each([
  ['sdxl', 'sdxl/kinds'],
  ['sdxl/kinds', 'sdxl'],
  [FLUX, `${FLUX}/kinds`],
  [`${FLUX}/kinds`, FLUX],
  ['sd1', FLUX],
  [FLUX, 'sd1'],
])('what was found with %s, in a search of %s', (from, to) => {
  it('is refused', async () => {
    const { summary, journal } = await search(from);
    const csv = summary.files['csv'];
    const recipe = summary.files['recipe'];
    const refused = { kind: 'usage', code: expect.stringMatching(/^(weights-architecture|block-unknown)$/) };
    for (const given of [
      { learn: [csv] },
      { learn: [journal] },
      { warmStart: [csv] },
      { warmStart: [recipe] },
      { base: recipe },
    ]) {
      await expect(search(to, given)).rejects.toMatchObject(refused);
    }
  });
});

it.each([
  ['sd1', 'sdxl'],
  ['sdxl', 'sd1'],
  [FLUX, 'flux1:double_blocks=4,single_blocks=5'],
  ['sdxl/kinds', 'sdxl/kinds'],
])('what was found with %s is learned in a search of %s', async (from, to) => {
  const { summary, journal } = await search(from);
  const again = await search(to, { learn: [summary.files['csv']], warmStart: [journal] });
  const { records } = await readJournal(again.journal);
  expect(records.filter(({ kind }) => kind === 'prior')).toHaveLength(4);
});
