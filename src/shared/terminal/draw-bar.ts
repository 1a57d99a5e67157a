/** The bar of a share that is done, be it of iterations or of bytes, as cli-progress draws it. */
import progress from 'cli-progress';

const { Format, Presets } = progress;

/** A bar of whole cells. @param share 0 to 1 */
export function drawBar(share: number, cells: number): string {
  return Format.BarFormat(Math.min(1, Math.max(0, share)), {
    ...Presets.shades_classic,
    barsize: cells,
    barGlue: '',
    barCompleteString: '█'.repeat(cells),
    barIncompleteString: '░'.repeat(cells),
  });
}
