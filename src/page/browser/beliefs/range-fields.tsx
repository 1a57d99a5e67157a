/** Ranges of weights by number: the same as drawing along an axis, for keyboards. */
import type { PageDimension } from '../../beliefs/state.ts';
import { weightText, type Range } from './figures.ts';

interface RangeFieldsProps {
  readonly dimensions: readonly PageDimension[];
  /** By place of the dimension. */
  readonly ranges: ReadonlyMap<number, Range>;
  /** The one that the fields are of. */
  readonly axis: number;
  readonly onAxis: (d: number) => void;
  readonly onRange: (d: number, range: Range | undefined) => void;
  readonly onClear: () => void;
}

export function RangeFields({ dimensions, ranges, axis, onAxis, onRange, onClear }: RangeFieldsProps) {
  const { low = 0, high = 1 } = dimensions[axis] ?? {};
  const range = ranges.get(axis) ?? { from: low, to: high };
  const change = (end: keyof Range, text: string): void => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value)) onRange(axis, { ...range, [end]: value });
  };
  return (
    <div class="ranges" role="group" aria-label="Lines to show">
      <div class="choices">
        <label>
          Only lines with{' '}
          <select value={axis} onChange={({ currentTarget: { value } }) => onAxis(Number(value))}>
            {dimensions.map(({ name }, d) => (
              <option key={name} value={d}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {(['from', 'to'] as const).map((end) => (
          <label key={end}>
            {end}{' '}
            <input
              type="number"
              step={0.05}
              min={low}
              max={high}
              value={weightText(range[end])}
              onChange={({ currentTarget: { value } }) => change(end, value)}
            />
          </label>
        ))}
      </div>
      {ranges.size > 0 && (
        <div class="choices">
          {[...ranges].map(([d, { from, to }]) => (
            <button key={d} type="button" onClick={() => onRange(d, undefined)}>
              {dimensions[d]?.name} {weightText(from)} to {weightText(to)}: remove
            </button>
          ))}
          <button type="button" onClick={onClear}>
            Show all lines
          </button>
        </div>
      )}
    </div>
  );
}
