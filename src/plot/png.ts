/** SVG to pixels with the bundled font: the same image on a machine without any font. */
import { fileURLToPath } from 'node:url';
import type { RenderedImage } from '@resvg/resvg-js';

/** Two weights of Inter (SIL Open Font License, assets/fonts/OFL.txt). */
const FONTS = ['Inter_400Regular.ttf', 'Inter_600SemiBold.ttf'].map((file) =>
  fileURLToPath(new URL(`../../assets/fonts/${file}`, import.meta.url)),
);

export async function pngOf(svg: string): Promise<Uint8Array> {
  return (await render(svg, 2, false)).asPng();
}

/**
 * One pixel for each of the drawing, red, green, blue and alpha, the colours multiplied with alpha.
 * @param systemFonts for letters that the bundled font lacks, where the machine has a font with them
 */
export async function pixelsOf(svg: string, systemFonts: boolean): Promise<Uint8Array> {
  return (await render(svg, 1, systemFonts)).pixels;
}

async function render(svg: string, zoom: number, loadSystemFonts: boolean): Promise<RenderedImage> {
  const { Resvg } = await import('@resvg/resvg-js');
  const drawing = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    font: { fontFiles: FONTS, loadSystemFonts, defaultFontFamily: 'Inter' },
  });
  return drawing.render();
}
