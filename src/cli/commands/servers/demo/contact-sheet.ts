/** A sheet of images: a row for each merge, a column for each prompt. */
import { scoreText } from '../../../../shared/score-text.ts';
import { pngOf } from '../../../../plot/png.ts';
import { escaped } from '../../../../plot/svg.ts';
import type { Viewed } from './viewer.ts';

/** Half of an image's pixels: the drawing is rendered at twice its size. */
const CELL = 128;
const GAP = 6;
const LEFT = 96;
const TOP = 44;
const LETTERS_A_LINE = 20;
const STYLE = 'font-family="Inter" fill="#1F2328"';

/** As a PNG file, with the first image of each prompt. */
export async function contactSheet(rows: readonly Viewed[]): Promise<Uint8Array> {
  const prompts = [...new Set(rows.flatMap(({ images }) => images.map(({ prompt }) => prompt)))];
  const [width, height] = [LEFT + prompts.length * (CELL + GAP), TOP + rows.length * (CELL + GAP)];
  const parts = [
    ...prompts.flatMap((prompt, column) => promptText(prompt, LEFT + column * (CELL + GAP))),
    ...rows.flatMap((row, i) => rowOf(row, prompts, TOP + i * (CELL + GAP))),
  ];
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return await pngOf(
    `<svg xmlns="http://www.w3.org/2000/svg" ${size}><rect width="${width}" height="${height}" fill="#FFFFFF"/>${parts.join('')}</svg>`,
  );
}

function promptText(prompt: string, x: number): string[] {
  return wrapped(prompt).map(
    (line, i) => `<text x="${x}" y="${16 + 13 * i}" ${STYLE} font-size="11">${escaped(line)}</text>`,
  );
}

function rowOf({ label, mean, images }: Viewed, prompts: readonly string[], y: number): string[] {
  const middle = y + CELL / 2;
  return [
    `<text x="10" y="${middle}" ${STYLE} font-size="13" font-weight="600">${escaped(label)}</text>`,
    `<text x="10" y="${middle + 16}" ${STYLE} font-size="11">score ${scoreText(mean)}</text>`,
    ...prompts.flatMap((prompt, column) => {
      const found = images.find((image) => image.prompt === prompt);
      if (found === undefined) return [];
      const data = Buffer.from(found.bytes).toString('base64');
      return `<image x="${LEFT + column * (CELL + GAP)}" y="${y}" width="${CELL}" height="${CELL}" href="data:image/png;base64,${data}"/>`;
    }),
  ];
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= LETTERS_A_LINE) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}
