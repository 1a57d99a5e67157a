/** The demo's sheet of images: a row for each merge, a column for each prompt. */
import { scoreText } from '../../../../shared/score-text.ts';
import { drawSheet } from '../../../../sheet/index.ts';
import type { Viewed } from './viewer.ts';

/** As a PNG file, with the first image of each prompt. */
export async function contactSheet(rows: readonly Viewed[]): Promise<Uint8Array> {
  const prompts = [...new Set(rows.flatMap(({ images }) => images.map(({ prompt }) => prompt)))];
  const content = {
    title: 'crisp + vivid',
    notes: ['Seeds and prompts that the search has not seen'],
    columns: prompts.map((prompt) => ({ label: prompt })),
    rows: rows.map(({ label, mean, images }) => ({
      label,
      details: [`score ${scoreText(mean)}`],
      cells: prompts.map((prompt) => {
        const found = images.find((image) => image.prompt === prompt);
        const caption = found === undefined ? '' : scoreText(found.score);
        return { image: found?.bytes, caption };
      }),
    })),
  };
  return (await drawSheet(content, { format: 'png' })).bytes;
}
