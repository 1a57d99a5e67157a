// Lines of a terminal as a drawing: real text, so that it is sharp and can be read aloud.

const WIDTH = 8.05;
const HEIGHT = 17;
const LEFT = 16;
const TOP = 51;
/** Characters of a line; a longer one is broken as a terminal does. */
const COLUMNS = 110;
const FONT = 'ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace';

/** @param title for whoever does not see it */
export function terminalPicture(text, title) {
  const lines = text
    .trimEnd()
    .split('\n')
    .flatMap((line) => broken(line.trimEnd()));
  const width = Math.ceil(2 * LEFT + WIDTH * Math.max(...lines.map((line) => line.length)));
  const height = TOP + HEIGHT * lines.length;
  const drawn = lines.flatMap((line, row) =>
    line === ''
      ? []
      : [
          `<text x="${LEFT}" y="${TOP + HEIGHT * row}" textLength="${Math.round(line.length * WIDTH)}" lengthAdjust="spacingAndGlyphs">${escaped(line)}</text>`,
        ],
  );
  const lights = ['#ff5f57', '#febc2e', '#28c840'].map(
    (colour, at) => `<circle cx="${18 + 18 * at}" cy="16" r="5" fill="${colour}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}"><rect width="${width}" height="${height}" rx="8" fill="#1b1f24"/>${lights.join('')}
<g font-family="${FONT}" font-size="13" fill="#d6dde5" xml:space="preserve">
${drawn.join('\n')}
</g></svg>
`;
}

function broken(line) {
  const parts = [];
  for (let at = 0; at < line.length; at += COLUMNS) parts.push(line.slice(at, at + COLUMNS));
  return parts.length === 0 ? [''] : parts;
}

function escaped(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
