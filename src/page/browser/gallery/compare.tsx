/** Two merges on the same pictures: one pair in large, all pairs below with their scores, and what is known of each picture. */
import { scoreText } from '../../../shared/score-text.ts';
import type { GalleryIndex, GalleryMerge, GalleryPicture } from '../../gallery/state.ts';
import type { PageState } from '../../state.ts';
import { Details } from './details.tsx';
import { pictureAddress, useMerge } from './load.ts';
import { PairList } from './pair-list.tsx';
import { PAIR_ORDERS, pairsOf, sumOf, type Pair } from './pairs.ts';
import { lackOf } from './picture.tsx';
import { galleryAddress, type GalleryPlace } from './place.ts';
import { Choice } from './choice.tsx';
import { CandidateChoice, SideChoice } from './side-choice.tsx';
import { neighbour, notKeptText, sideOf, type Side } from './sides.ts';
import { Stage } from './stage.tsx';
import type { StagePicture } from './stage-picture.tsx';
import { SumLine } from './sum-line.tsx';

interface CompareProps {
  readonly run: string;
  /** With both sides. */
  readonly place: GalleryPlace;
  readonly index: GalleryIndex;
  readonly state: PageState;
}

export function Compare({ run, place, index, state }: CompareProps) {
  const proof = index.proofs.find(({ candidates }) => candidates.some(({ id }) => id === place.left));
  const left = sideOf(place.left, index, state);
  const right = sideOf(place.right, index, state);
  const one = useMerge(run, left.id, stampOf(left, index));
  const other = useMerge(run, right.id, stampOf(right, index));
  const slots = proof?.slots ?? index.slots;
  const pairs = pairsOf(slots, one.found, other.found, place);
  const chosen = pairs.find(({ slot }) => slot === place.picture) ?? pairs[0];
  const go = (change: Partial<GalleryPlace>): void => {
    // Every step in the history of the browser would bury the page that somebody came from.
    location.replace(galleryAddress(run, { ...place, ...change }));
  };
  const show = (pair: Pair | undefined) => pair && (() => go({ picture: pair.slot }));
  const at = pairs.findIndex(({ slot }) => slot === chosen?.slot);
  const payloads = [...new Set(slots.map(({ payload }) => payload))];
  const choose = (side: 'left' | 'right') => (name: string) => go({ [side]: name });
  const move = (side: 'left' | 'right', step: 1 | -1): void => {
    const id = side === 'left' ? left.id : right.id;
    const to = proof === undefined && id !== undefined ? neighbour(index.rows, Number(id), step) : undefined;
    if (to !== undefined) go({ [side]: String(to) });
  };
  const sides = [
    { label: 'Left', side: left, onChoose: choose('left') },
    { label: 'Right', side: right, onChoose: choose('right') },
  ] as const;
  const isKeptAnywhere = [one.found, other.found].some((merge) =>
    merge?.pictures.some(({ isKept }) => isKept),
  );
  return (
    <section aria-label={proof === undefined ? 'Compare' : 'On fresh seeds'}>
      {proof !== undefined && <p class="quiet">Fresh images, with seeds the search never used.</p>}
      {proof !== undefined && proof.words.length > 0 && (
        <details>
          <summary>Result of the proof</summary>
          {proof.words.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </details>
      )}
      <div class="gallery-sides">
        {sides.map((props) =>
          proof === undefined ? (
            <SideChoice key={props.label} {...props} index={index} state={state} />
          ) : (
            <CandidateChoice
              key={props.label}
              {...props}
              candidates={proof.candidates}
              index={index}
              state={state}
            />
          ),
        )}
      </div>
      <SideNote side={left} merge={one.found} trouble={one.trouble} keeps={state.summary.keeps} />
      <SideNote side={right} merge={other.found} trouble={other.trouble} keeps={state.summary.keeps} />
      {chosen !== undefined && (
        <Stage
          left={stagePicture(run, left, one.found, chosen.left, chosen.values[0])}
          right={stagePicture(run, right, other.found, chosen.right, chosen.values[1])}
          what={`${chosen.payload}, seed ${chosen.seed}`}
          laid={place.as}
          onLaid={(as) => go({ as })}
          onBefore={show(pairs[at - 1])}
          onNext={show(pairs[at + 1])}
          onIteration={move}
        />
      )}
      <div class="choices gallery-choices">
        <Choice
          label="Sort by"
          value={place.by}
          options={Object.entries(PAIR_ORDERS)}
          onChoose={(by) => go({ by })}
        />
        {index.scorers.length > 1 && (
          <Choice
            label="Values"
            value={place.scorer}
            options={[['', 'score'], ...index.scorers.map((name) => [name, `${name}, raw value`] as const)]}
            onChoose={(scorer) => go({ scorer })}
          />
        )}
        {payloads.length > 1 && (
          <Choice
            label="Payload"
            value={place.payload}
            options={[['', 'all'], ...payloads.map((name) => [name, name] as const)]}
            onChoose={(payload) => go({ payload, picture: null })}
          />
        )}
      </div>
      <SumLine sum={sumOf(pairs)} scorer={place.scorer} />
      <PairList
        run={run}
        pairs={pairs}
        merges={[one.found, other.found]}
        chosen={chosen?.slot}
        onChoose={(picture) => go({ picture })}
      />
      {chosen !== undefined && isKeptAnywhere && (
        <Details
          run={run}
          slot={chosen.slot}
          what={`${chosen.payload}, seed ${chosen.seed}`}
          sides={[
            { side: left, merge: one.found, picture: chosen.left },
            { side: right, merge: other.found, picture: chosen.right },
          ]}
        />
      )}
    </section>
  );
}

/** Changes with everything that the server would say of it differently. */
function stampOf({ id }: Side, { rows, proofs }: GalleryIndex): string {
  const row = rows.find((one) => String(one.id) === id);
  const candidate = proofs.flatMap(({ candidates }) => candidates).find((one) => one.id === id);
  return JSON.stringify([row?.score, row?.kept.length, row?.version, candidate?.kept, candidate?.mean]);
}

function stagePicture(
  run: string,
  { text }: Side,
  merge: GalleryMerge | undefined,
  picture: GalleryPicture | undefined,
  value: number | null,
): StagePicture {
  const lack = lackOf(picture);
  const isThere = merge !== undefined && picture !== undefined && lack === undefined;
  return {
    address: isThere ? pictureAddress(run, merge, picture.slot, 'full') : undefined,
    lack: merge === undefined ? '…' : (lack ?? ''),
    title: text,
    score: value === null ? '' : scoreText(value),
  };
}

/** What is out of the ordinary on one side. */
function SideNote({
  side,
  merge,
  trouble,
  keeps,
}: {
  readonly side: Side;
  readonly merge: GalleryMerge | undefined;
  readonly trouble: string;
  readonly keeps: string;
}) {
  if (side.id === undefined) return <p class="note">This run has no {side.text} to show.</p>;
  if (trouble !== '')
    return (
      <p class="note">
        Nothing is known of {side.text}: {trouble}.
      </p>
    );
  if (merge === undefined) return null;
  const { picturesOf, pictures, note } = merge;
  const words = [
    ...(picturesOf === undefined
      ? []
      : [`the images are those of iteration #${picturesOf}, which has the same weights`]),
    ...(note === undefined ? [] : [`it failed: ${note}`]),
    ...(pictures.length === 0 ? ['it has no images'] : []),
  ];
  const isLacking = pictures.length > 0 && pictures.every(({ isKept }) => !isKept);
  if (words.length === 0 && !isLacking) return null;
  return (
    <p class="note">
      {side.text}: {[...words, ...(isLacking ? ['its images were not kept'] : [])].join('; ')}.
      {isLacking && ` ${notKeptText(keeps)}`}
    </p>
  );
}
