/** The network with the weights of the best: a U with its skip connections, or a column. */
import type { DimensionImportance } from '../../importance/importance.ts';
import type { SearchPlan } from '../../journal/record.ts';
import type { BlockName } from '../../types.ts';
import { markup, NOTHING, type Html } from '../html.ts';
import { layoutOf, type NetworkLayout, type PlacedBlock } from '../network-layout.ts';
import type { Recommended, ReportRun } from '../report.ts';
import { folded, table, type Ids, type Section } from '../section.ts';
import { percent, weightText } from '../words.ts';

export function networkSection(run: ReportRun, ids: Ids): Section {
  const { recommended, models } = run;
  const id = ids('network');
  const title = 'The weights of the best';
  if (recommended === undefined) return { id, title, body: markup`<p>There is no best merge.</p>` };
  const layout = layoutOf(run.plan?.space.architecture, recommended.weights);
  const facts = layout.blocks.map(({ block }) => factsOf(run, recommended, block));
  const body = markup`<div class="network">
      ${drawing(layout, facts)}
      <div class="legend">
        <span><i class="gradient" aria-hidden="true"></i></span>
        <span><b>0</b> is A · ${models.a.name}, <b>1</b> is B · ${models.b.name}.</span>
        ${facts.some(({ share }) => share !== undefined) && markup`<span>The thicker the ring, the more the block matters.</span>`}
        ${facts.some(({ range }) => range === null) && markup`<span>A dashed ring: the block was not searched.</span>`}
        <p class="readout" data-readout aria-live="off"></p>
      </div>
    </div>
    ${folded('As a table', factTable(facts))}`;
  return { id, title, body };
}

interface BlockFacts {
  readonly block: BlockName;
  readonly weight: number;
  /** What it was searched over; null for a block that stood still, undefined where nothing says so. */
  readonly range: string | null | undefined;
  readonly sharesWith: readonly BlockName[];
  readonly share: DimensionImportance | undefined;
}

function factsOf(run: ReportRun, { weights }: Recommended, block: BlockName): BlockFacts {
  const { plan, importance } = run;
  const dimension = dimensionOf(plan, block);
  return {
    block,
    weight: weights[block] ?? 0,
    range: plan && (dimension ? `${weightText(dimension.low)} to ${weightText(dimension.high)}` : null),
    sharesWith: dimension?.blocks.filter((other) => other !== block) ?? [],
    share:
      importance?.enough === true
        ? importance.dimensions.find(({ blocks }) => blocks.includes(block))
        : undefined,
  };
}

function dimensionOf(
  plan: SearchPlan | undefined,
  block: BlockName,
): SearchPlan['space']['dimensions'][number] | undefined {
  return plan?.space.dimensions.find(({ blocks }) => blocks.includes(block));
}

function drawing(layout: NetworkLayout, facts: readonly BlockFacts[]): Html {
  const { width, height, blocks, path, skips, block: size } = layout;
  const middle = ({ x, y }: PlacedBlock): readonly [number, number] => [
    x + size.width / 2,
    y + size.height / 2,
  ];
  const line = ([from, to]: readonly [PlacedBlock, PlacedBlock], kind: string): Html => {
    const [[x1, y1], [x2, y2]] = [middle(from), middle(to)];
    const way = y2 > y1 ? `V${y2}H${x2}` : `H${x2}V${y2}`;
    return markup`<path class="${kind}" d="M${x1} ${y1}${way}" />`;
  };
  // One size for all, whichever block needs it.
  const isLong = blocks.some(({ block }) => block.length > 10);
  const longest = Math.max(0, ...facts.map(({ share }) => share?.total.value ?? 0));
  return markup`<svg
    viewBox="0 0 ${width} ${height}"
    style="max-width:${Math.round(width * 1.3)}px"
    role="group"
    aria-label="Blocks of the network with the weights of the best merge"
  >
    ${skips.map((skip) => line(skip, 'skip'))}${path.map((step) => line(step, 'path'))}
    ${blocks.map((placed, i) => {
      const one = facts[i];
      return one === undefined ? NOTHING : drawnBlock(placed, one, { size, longest, isLong });
    })}
  </svg>`;
}

function drawnBlock(
  { block, x, y }: PlacedBlock,
  facts: BlockFacts,
  {
    size,
    longest,
    isLong,
  }: { readonly size: NetworkLayout['block']; readonly longest: number; readonly isLong: boolean },
): Html {
  const text = inWords(facts);
  const ring = longest > 0 ? 1 + (4 * (facts.share?.total.value ?? 0)) / longest : 1;
  const baseline = y + size.height / 2 + 4;
  return markup`<g
    class="block${facts.range === null ? ' still' : ''}${isLong ? ' long' : ''}"
    tabindex="0"
    role="img"
    aria-label="${text}"
    ><title>${text}</title
    ><rect
      x="${x}"
      y="${y}"
      width="${size.width}"
      height="${size.height}"
      rx="5"
      fill="${mixed(facts.weight)}"
      stroke-width="${ring.toFixed(1)}"
    /><text x="${x + 8}" y="${baseline}">${shortened(block)}</text
    ><text x="${x + size.width - 8}" y="${baseline}" text-anchor="end"
      >${weightText(Number(facts.weight.toFixed(2)))}</text
    ></g
  > `;
}

function inWords({ block, weight, range, sharesWith, share }: BlockFacts): string {
  const parts = [`weight ${weightText(weight)}`];
  if (range !== undefined) parts.push(range === null ? 'not searched' : `searched from ${range}`);
  if (sharesWith.length > 0) parts.push(`shares its weight with ${sharesWith.join(', ')}`);
  if (share !== undefined) {
    const { value, low, high } = share.total;
    parts.push(`${percent(value)} of the variance (${percent(low)} to ${percent(high)})`);
  }
  return `${block}: ${parts.join(', ')}`;
}

function factTable(facts: readonly BlockFacts[]): Html {
  return table(
    'Weights of the best merge',
    [
      { title: 'block' },
      { title: 'weight', isNumber: true },
      { title: 'searched' },
      { title: 'share of the variance', isNumber: true },
    ],
    facts.map(({ block, weight, range, sharesWith, share }) => [
      block,
      weightText(weight),
      `${range ?? (range === null ? 'no' : '–')}${sharesWith.length > 0 ? `, with ${sharesWith.join(', ')}` : ''}`,
      share === undefined ? '–' : percent(share.total.value),
    ]),
  );
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

/** The ends tell `double_blocks.10.img` from `double_blocks.11.img`. */
function shortened(name: BlockName): string {
  return name.length <= 16 ? name : `${name.slice(0, 6)}…${name.slice(-9)}`;
}
