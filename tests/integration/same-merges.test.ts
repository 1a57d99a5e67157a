/** A run goes on only where its blocks can still be merged one by one: nodes of a server come and go. */
import { describe, expect, it } from 'vitest';
import { readJournal, trialsOf } from '../../src/journal/read.ts';
import { resumeTiny, searchTiny } from '../helpers/run-search.ts';
import { TinyRenderer, type TinyRendererOptions } from '../helpers/tiny-renderer.ts';

const architecture = 'flux1:double_blocks=4,single_blocks=5';
const renderer = (options: TinyRendererOptions = {}): TinyRenderer =>
  new TinyRenderer({ architecture, ...options });
const config = { architecture, iterations: 2 };

describe('a run that is resumed', () => {
  it.each([
    ['a block that follows another one now', { tied: { 'single_blocks.4': 'img_in' } }, 'single_blocks.4'],
    ['a block that stands still now', { fixed: { 'double_blocks.0': 0 } }, 'double_blocks.0'],
  ])('is refused for %s', async (_, less, block) => {
    const { journal, summary } = await searchTiny({ config, renderers: [renderer()] });
    const now = renderer(less);
    await expect(resumeTiny(journal, { config: { iterations: 4 }, renderers: [now] })).rejects.toMatchObject({
      code: 'merge-way-changed',
      kind: 'usage',
      message: expect.stringContaining(block),
    });
    expect(now.images).toBe(0);
    expect(summary.failed).toBe(0);
  });

  it('is refused where a block that was asked for cannot be moved any more', async () => {
    const asked = { architecture: 'sdxl', iterations: 2, block: { LABEL_EMB: { low: 0, high: 1 } } };
    const sdxl = { architecture: 'sdxl' };
    const renderers = [renderer({ ...sdxl, optional: ['LABEL_EMB'] })];
    const { journal } = await searchTiny({ config: asked, renderers });
    await expect(
      resumeTiny(journal, { config: { iterations: 3 }, renderers: [renderer(sdxl)] }),
    ).rejects.toMatchObject({ code: 'merge-way-changed', message: expect.stringContaining('LABEL_EMB') });
  });

  it('goes on where the server can do more than before, as it was planned', async () => {
    const tied = { 'single_blocks.4': 'img_in' };
    const { journal } = await searchTiny({ config, renderers: [renderer({ tied })] });
    await resumeTiny(journal, { config: { iterations: 4 }, renderers: [renderer()] });
    const { finished } = trialsOf((await readJournal(journal)).records);
    expect(finished).toHaveLength(4);
    for (const { weights } of finished) expect(weights['single_blocks.4']).toBe(weights['img_in']);
  });
});

it('several servers of a new run must merge alike', async () => {
  const renderers = [renderer(), renderer({ tied: { 'single_blocks.4': 'img_in' } })];
  await expect(searchTiny({ config, renderers })).rejects.toMatchObject({ code: 'servers-differ' });
});
