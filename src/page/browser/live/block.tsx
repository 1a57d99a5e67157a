/** One block of the network: two weights side by side, and a slider for whoever gives the run weights. */
import { useRef } from 'preact/hooks';
import type { PageBlockFacts } from '../../blocks/state.ts';
import type { PageBlock, PageNetwork } from '../../state.ts';
import { afterDrag, afterKey } from './draft.ts';
import { shortName, shortWeight, weightText } from './weight-words.ts';

/** Pixels. */
const CELL = 25;
const RING = 2.5;
/** What is shorter is a click. */
const LEAST_DRAG = 4;

export interface BlockProps {
  readonly placed: PageBlock;
  readonly network: Pick<PageNetwork, 'blockWidth' | 'blockHeight'>;
  /** Undefined until they have come. */
  readonly facts: PageBlockFacts | undefined;
  /** Of the iteration that is compared, or of the draft. */
  readonly shown: number | undefined;
  readonly best: number | undefined;
  /** That a drag or a key begins with; undefined where the weights cannot be given. */
  readonly given: number | undefined;
  readonly isChanged: boolean;
  readonly isSelected: boolean;
  /** From 0 to 1, of the most important one; undefined where nobody knows. */
  readonly importance: number | undefined;
  readonly onSelect: (block: string) => void;
  readonly onWeight: (facts: PageBlockFacts, weight: number) => void;
  readonly onUndo: (facts: PageBlockFacts) => void;
}

export function Block(props: BlockProps) {
  const { placed, network, facts, shown, best, given, isChanged, isSelected, importance, onSelect } = props;
  const { block, x, y, range } = placed;
  const { blockWidth: width, blockHeight: height } = network;
  const baseline = y + height / 2 + 4;
  const drag = useDrag(props);
  const field = (weight: number | undefined, left: number) =>
    weight !== undefined && (
      <>
        <rect class="cell" x={left} y={y} width={CELL} height={height} fill={mixed(weight)} />
        <text class="number" x={left + CELL / 2} y={baseline} text-anchor="middle">
          {shortWeight(weight)}
        </text>
      </>
    );
  const classes = [
    'block',
    ...(range === null ? ['still'] : []),
    ...(block.length > 8 ? ['long'] : []),
    ...(isChanged ? ['changed'] : []),
    ...(isSelected ? ['selected'] : []),
    ...(given === undefined ? [] : ['movable']),
  ];
  return (
    <g
      class={classes.join(' ')}
      // In a drawing Preact takes names as they are: with a capital it would be no attribute.
      tabindex={0}
      role="slider"
      aria-label={facts === undefined ? block : `${block}, ${facts.words}`}
      aria-valuemin={facts?.low ?? 0}
      aria-valuemax={facts?.high ?? 1}
      aria-valuenow={given ?? shown ?? best ?? 0}
      aria-valuetext={`${isChanged ? 'changed to ' : ''}${weightText(shown)}; best ${weightText(best)}${range === null ? '; not searched' : ''}`}
      aria-readonly={given === undefined}
      aria-describedby="block-card"
      data-block={block}
      onFocus={() => onSelect(block)}
      onPointerEnter={() => onSelect(block)}
      {...drag}
    >
      <rect class="ground" x={x} y={y} width={width} height={height} rx={3} />
      {importance !== undefined && (
        <rect
          class="ring"
          x={x - RING}
          y={y - RING}
          width={width + 2 * RING}
          height={height + 2 * RING}
          rx={5}
          pathLength={100}
          stroke-width={1 + 1.6 * importance}
          stroke-dasharray={`${Math.round(100 * importance)} 100`}
        />
      )}
      <text x={x + 4} y={baseline}>
        {shortName(block, width)}
      </text>
      {field(shown, x + width - 2 * CELL)}
      {field(best, x + width - CELL)}
      <rect class="frame" x={x} y={y} width={width} height={height} rx={3} />
      {isChanged && <path class="mark" d={`M${x} ${y}h9l-9 9z`} />}
    </g>
  );
}

type Drag = Pick<BlockProps, 'facts' | 'given' | 'best' | 'onWeight' | 'onUndo' | 'onSelect' | 'isChanged'>;

interface Start {
  readonly x: number;
  readonly y: number;
  readonly weight: number;
  readonly wasChanged: boolean;
  /** It has become a drag. */
  isDrag: boolean;
}

/** A finger moves the page up and down, and weights sideways; a mouse moves them either way. */
function useDrag({ facts, given, best, onWeight, onUndo, onSelect, isChanged }: Drag) {
  const from = useRef<Start | undefined>(undefined);
  return {
    onPointerDown: (event: PointerEvent & { readonly currentTarget: SVGGElement }): void => {
      if (facts === undefined || event.button !== 0) return;
      const { clientX: x, clientY: y } = event;
      onSelect(facts.block);
      from.current = { x, y, weight: given ?? best ?? facts.low, wasChanged: isChanged, isDrag: false };
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: ({ clientX, clientY }: PointerEvent): void => {
      const start = from.current;
      if (start === undefined || facts === undefined) return;
      const [right, down] = [clientX - start.x, clientY - start.y];
      if (!start.isDrag && Math.hypot(right, down) < LEAST_DRAG) return;
      // What cannot be moved is asked for once: the answer says why not.
      if (given === undefined && start.isDrag) return;
      start.isDrag = true;
      onWeight(facts, afterDrag(facts, start.weight, right, down));
    },
    onPointerUp: (): void => {
      from.current = undefined;
    },
    onPointerCancel: (): void => {
      const start = from.current;
      from.current = undefined;
      if (start?.isDrag !== true || facts === undefined || given === undefined) return;
      if (start.wasChanged) onWeight(facts, start.weight);
      else onUndo(facts);
    },
    onKeyDown: (event: KeyboardEvent): void => {
      if (facts === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      const weight = afterKey(facts, given ?? best ?? facts.low, event.key);
      if (weight !== undefined) onWeight(facts, weight);
      else if (event.key === 'Delete' || event.key === 'Backspace') onUndo(facts);
      else return;
      event.preventDefault();
    },
  };
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
