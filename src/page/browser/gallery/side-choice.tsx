/** Chooses what one side of the comparison shows. */
import type { GalleryIndex } from '../../gallery/state.ts';
import type { PageState } from '../../state.ts';
import { NAMED, nameText, neighbour, sideOf, type Side } from './sides.ts';

interface SideChoiceProps {
  readonly label: 'Left' | 'Right';
  readonly side: Side;
  readonly index: GalleryIndex;
  readonly state: PageState;
  readonly onChoose: (name: string) => void;
}

/** So many of the newest are suggested to whoever types a number. */
const SUGGESTED = 300;
const NUMBER = 'number';

export function SideChoice({ label, side, index, state, onChoose }: SideChoiceProps) {
  const trial = side.id === undefined ? undefined : Number(side.id);
  const list = `gallery-${label.toLowerCase()}-iterations`;
  const isNamed = NAMED.some((name) => name === side.name);
  const step = (by: 1 | -1): number | undefined =>
    trial === undefined ? undefined : neighbour(index.rows, trial, by);
  const button = (by: 1 | -1, sign: string, text: string) => {
    const to = step(by);
    return (
      <button
        type="button"
        disabled={to === undefined}
        aria-label={`${label}: ${text}`}
        onClick={() => to !== undefined && onChoose(String(to))}
      >
        {sign}
      </button>
    );
  };
  return (
    <fieldset class="gallery-side">
      <legend>{label}</legend>
      <select
        aria-label={`What the ${label.toLowerCase()} side shows`}
        value={isNamed ? side.name : NUMBER}
        onChange={({ currentTarget: { value } }) => onChoose(value === NUMBER ? (side.id ?? '1') : value)}
      >
        {NAMED.map((name) => {
          const { id } = sideOf(name, index, state);
          return (
            <option key={name} value={name} disabled={id === undefined}>
              {nameText(name)}
              {id === undefined ? ' (none)' : ` (#${id})`}
            </option>
          );
        })}
        <option value={NUMBER}>an iteration</option>
      </select>
      {button(-1, '‹', 'iteration before')}
      <input
        type="number"
        min={1}
        max={9_999_999}
        list={list}
        aria-label={`${label}: number of an iteration`}
        value={side.id ?? ''}
        onChange={({ currentTarget: { value } }) => /^[1-9]\d{0,6}$/.test(value) && onChoose(value)}
      />
      {button(1, '›', 'next iteration')}
      <datalist id={list}>
        {index.rows.slice(-SUGGESTED).map(({ id }) => (
          <option key={id} value={id} />
        ))}
      </datalist>
    </fieldset>
  );
}

interface CandidateChoiceProps {
  readonly label: 'Left' | 'Right';
  readonly side: Side;
  readonly candidates: readonly { readonly id: string; readonly kept: number }[];
  readonly index: GalleryIndex;
  readonly state: PageState;
  readonly onChoose: (name: string) => void;
}

/** The same for what a proof compares. */
export function CandidateChoice({ label, side, candidates, index, state, onChoose }: CandidateChoiceProps) {
  return (
    <fieldset class="gallery-side">
      <legend>{label}</legend>
      <select
        aria-label={`What the ${label.toLowerCase()} side shows`}
        value={side.name}
        onChange={({ currentTarget: { value } }) => onChoose(value)}
      >
        {candidates.map(({ id, kept }) => (
          <option key={id} value={id}>
            {sideOf(id, index, state).text}
            {kept === 0 ? ' (no images)' : ''}
          </option>
        ))}
      </select>
    </fieldset>
  );
}
