/** The network as a U or a column: in every block the weight of the current iteration beside that of the best. */
import type { PageBlock, PageNetwork, PageSummary } from '../../state.ts';

/** Pixels. */
const CELL = 25;

export function Network({ summary }: { readonly summary: PageSummary }) {
  const { network, current, bestWeights, best } = summary;
  if (network === null || current === null) return <p class="quiet">No iteration yet.</p>;
  const name =
    current.baseline === undefined ? `#${current.trial}` : `#${current.trial} (${current.baseline})`;
  return (
    <div class="network">
      <svg
        viewBox={`0 0 ${network.width} ${network.height}`}
        style={{ maxWidth: `${Math.round(network.width * 1.4)}px` }}
        role="img"
        aria-label={`Blocks of the network: weights of iteration ${name} and of the best; the same as a table below`}
      >
        {network.skips.map((ends) => (
          <path key={ends.join()} class="skip" d={way(ends)} />
        ))}
        {network.path.map((ends) => (
          <path key={ends.join()} class="path" d={way(ends)} />
        ))}
        {network.blocks.map((placed) => (
          <Block
            key={placed.block}
            placed={placed}
            network={network}
            current={current.weights[placed.block]}
            best={bestWeights?.[placed.block]}
          />
        ))}
      </svg>
      <div class="legend">
        <p>
          <i class="gradient" aria-hidden="true" /> <b>0</b> is A · {summary.modelA}, <b>1</b> is B ·{' '}
          {summary.modelB}.
        </p>
        <p>
          In every block: left iteration {name}
          {current.isOpen ? ', which is being measured' : ', the latest'}; right the best
          {best === null ? '' : `, #${best.trial}`}.
        </p>
        <p>A dashed block is not searched.</p>
        <WeightTable network={network} summary={summary} />
      </div>
    </div>
  );
}

function WeightTable({ network, summary }: { readonly network: PageNetwork; readonly summary: PageSummary }) {
  return (
    <details>
      <summary>The same as a table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">block</th>
            <th scope="col" class="n">
              current
            </th>
            <th scope="col" class="n">
              best
            </th>
            <th scope="col">searched</th>
          </tr>
        </thead>
        <tbody>
          {network.blocks.map(({ block, range }) => (
            <tr key={block}>
              <th scope="row">{block}</th>
              <td class="n">{weightText(summary.current?.weights[block])}</td>
              <td class="n">{weightText(summary.bestWeights?.[block])}</td>
              <td>{range ?? 'no'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

interface BlockProps {
  readonly placed: PageBlock;
  readonly network: PageNetwork;
  readonly current: number | undefined;
  readonly best: number | undefined;
}

function Block({ placed: { block, x, y, range }, network, current, best }: BlockProps) {
  const { blockWidth: width, blockHeight: height } = network;
  const baseline = y + height / 2 + 4;
  const cell = (weight: number | undefined, left: number) =>
    weight !== undefined && (
      <>
        <rect class="cell" x={left} y={y} width={CELL} height={height} fill={mixed(weight)} />
        <text class="number" x={left + CELL / 2} y={baseline} text-anchor="middle">
          {shortWeight(weight)}
        </text>
      </>
    );
  return (
    <g class={`block${range === null ? ' still' : ''}${block.length > 8 ? ' long' : ''}`}>
      <title>
        {`${block}: current ${weightText(current)}, best ${weightText(best)}, ${range === null ? 'not searched' : `searched ${range}`}`}
      </title>
      <rect class="ground" x={x} y={y} width={width} height={height} rx={3} />
      <text x={x + 4} y={baseline}>
        {shortName(block, width)}
      </text>
      {cell(current, x + width - 2 * CELL)}
      {cell(best, x + width - CELL)}
      <rect class="frame" x={x} y={y} width={width} height={height} rx={3} />
    </g>
  );
}

function way([x1, y1, x2, y2]: readonly [number, number, number, number]): string {
  return `M${x1} ${y1}${y2 > y1 ? `V${y2}H${x2}` : `H${x2}V${y2}`}`;
}

/** The ends tell `double_blocks.10.img` from `double_blocks.11.img`. */
function shortName(name: string, width: number): string {
  const most = width > 140 ? 15 : 10;
  return name.length <= most ? name : `${name.slice(0, most - 9)}…${name.slice(-8)}`;
}

function shortWeight(weight: number): string {
  const text = weight.toFixed(2);
  return text.replace(/^(-?)0\./, '$1.').replace(/\.?0+$/, '') || '0';
}

function weightText(weight: number | undefined): string {
  return weight === undefined ? '–' : String(Number(weight.toFixed(4)));
}

/** Light enough for dark text anywhere between the two, and told apart by all kinds of colour vision. */
const COLOUR_A = [0x8f, 0xc4, 0xff] as const;
const COLOUR_B = [0xff, 0xb0, 0x57] as const;

/** Weights outside 0 to 1 have the colour of the end. */
function mixed(weight: number): string {
  const share = Math.min(1, Math.max(0, weight));
  const parts = COLOUR_A.map((a, i) => Math.round(a + share * ((COLOUR_B[i] ?? 0) - a)));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
