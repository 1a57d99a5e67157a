/** Images between the lines of terminals that can show them. */
import type { ScoreItem } from '../scorer.ts';

/** Of iTerm2 (WezTerm speaks it too), and of Kitty. */
export type ImageProtocol = 'iterm2' | 'kitty';

/** Undefined where the terminal does not say that it can: escapes that it does not know would be printed as rubbish. */
export function protocolOf(env: Readonly<Record<string, string | undefined>>): ImageProtocol | undefined {
  const { TERM = '', TERM_PROGRAM = '', TMUX, KITTY_WINDOW_ID } = env;
  // Multiplexers hand the variables on, and not the images.
  if (TMUX !== undefined || /^(screen|tmux)/.test(TERM)) return undefined;
  if (TERM_PROGRAM === 'iTerm.app' || TERM_PROGRAM === 'WezTerm') return 'iterm2';
  return TERM === 'xterm-kitty' || KITTY_WINDOW_ID !== undefined ? 'kitty' : undefined;
}

/** The escape sequence that shows the image, {@link ROWS} lines high. */
export async function inlineImage(
  protocol: ImageProtocol,
  { bytes, pixels }: Pick<ScoreItem, 'bytes' | 'pixels'>,
): Promise<string> {
  if (protocol === 'iterm2') {
    const data = Buffer.from(bytes).toString('base64');
    return `\u001B]1337;File=inline=1;size=${bytes.length};height=${ROWS};preserveAspectRatio=1:${data}\u0007`;
  }
  const data = Buffer.from(bytes[0] === PNG ? bytes : await toPng(pixels)).toString('base64');
  const parts: string[] = [];
  for (let at = 0; at < data.length; at += CHUNK) {
    const more = at + CHUNK < data.length ? 1 : 0;
    // q=2: no answer, which would be taken for one of the rater's.
    const keys = at === 0 ? `a=T,f=100,q=2,r=${ROWS},m=${more}` : `q=2,m=${more}`;
    parts.push(`\u001B_G${keys};${data.slice(at, at + CHUNK)}\u001B\\`);
  }
  return parts.join('');
}

const ROWS = 24;
/** First byte of a PNG file, the only one that Kitty takes. */
const PNG = 0x89;
/** Characters of base64 that Kitty takes at once. */
const CHUNK = 4096;

async function toPng({ width, height, data }: ScoreItem['pixels']): Promise<Buffer> {
  const { sharp } = await import('../../images/image-library.ts');
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}
