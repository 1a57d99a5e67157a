/** A figure as SVG text, the same bytes every time. */
import type { Figure } from './figure.ts';

/**
 * @param hover a `<title>` in every mark that has a hover text: browsers show it, images do not
 * @param prefix of the ids in it: drawings in one page must not share any
 */
export async function svgOf(figure: Figure, hover: boolean, prefix = ''): Promise<string> {
  // Paid only by those who draw.
  const echarts = await import('./charts.ts');
  const { width, height } = figure;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(figure.option);
    return tidied(chart.renderToSVGString(), figure, hover, prefix);
  } finally {
    // A chart that is not disposed of keeps the process alive for ever.
    chart.dispose();
  }
}

/**
 * Takes out what only echarts' own script in a browser needs (hover styles and indices, which also count up from one
 * chart of the process to the next) and puts in what people and screen readers need.
 */
function tidied(svg: string, figure: Figure, hover: boolean, prefix: string): string {
  const body = svg
    .replaceAll(/<style >.*?<\/style>\n?/gs, '')
    .replaceAll(/ class="zr\d+-cls-\d+"/g, '')
    .replaceAll(/(["#])zr\d+-c(\d+)(["')])/g, `$1${prefix}clip$2$3`)
    // resvg does not read the shorthand and would fall back to 12 px.
    .replaceAll(
      /font: (\w+) (\w+) ([\d.]+px) ([^";]+)/g,
      'font-style:$1;font-weight:$2;font-size:$3;font-family:$4',
    )
    .replaceAll(' pointer-events="visible"', '')
    .replaceAll(
      / ecmeta_series_index="(\d+)" ecmeta_data_index="(\d+)" ecmeta_ssr_type="chart"><\//g,
      (_, series, datum) => {
        const text = hover ? figure.hover[Number(series)]?.[Number(datum)] : undefined;
        return text === undefined || text === '' ? '></' : `><title>${escaped(text)}</title></`;
      },
    )
    .replaceAll(/ ecmeta_\w+="[^"]*"/g, '');
  const [head = ''] = /^<svg [^>]*>/.exec(body) ?? [];
  const open = head.replace(' version="1.1" baseProfile="full"', '').replace('<svg ', '<svg role="img" ');
  const name = escaped(figure.title);
  // In a page the title of the whole drawing would pop up over everything that has no hover text.
  const named = hover ? `${open.slice(0, -1)} aria-label="${name}">` : `${open}\n<title>${name}</title>`;
  return `${named}\n<desc>${escaped(figure.subtitle)}</desc>${body.slice(head.length)}\n`;
}

export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
