/** Pictures that people rate or compare: one question at a time. */
import type { PageAgreement, PageRating } from '../../rating/state.ts';
import type { PageSummary } from '../../state.ts';
import type { ViewProps } from '../view.ts';
import { Person } from './person.tsx';
import { Question } from './question.tsx';
import { keysOf } from './rating-keys.ts';
import { useUndoKey } from './use-keys.ts';
import { useRatingHere } from './use-rating.ts';
import { counted } from '../../../shared/counted.ts';

export function RatingView({ run, state: { summary } }: ViewProps) {
  const rating = useRatingHere();
  const { state, name = '', say, trouble = '' } = rating ?? {};
  if (rating === undefined || say === undefined || state === undefined) return <p role="status">Loading …</p>;
  if (state === null) {
    return (
      <section aria-labelledby="rating">
        <h2 id="rating">Rating</h2>
        <p>
          Nobody has been asked anything in this run{summary.canControl && ' so far'}. Images are rated here
          where the scorer is manual and asks on the page (--scorer manual --scorer-options manual.where=page)
          {summary.canControl && ', as soon as the first one is drawn'}.
        </p>
      </section>
    );
  }
  const isNameless = state.people > 1 && name === '';
  const [question, ...next] = state.questions;
  const last = state.undo.at(-1);
  const undo = last === undefined ? undefined : () => void say(last, { undo: true });
  return (
    <section class="rating" aria-labelledby="rating">
      <h2 id="rating">{question !== undefined && !isNameless ? 'The run waits for you' : 'Rating'}</h2>
      {isNameless && <Person rating={rating} />}
      {!isNameless && (
        <>
          <p role="status">{waitingText(state, summary)}</p>
          {trouble !== '' && (
            <p class="note" role="alert">
              {trouble}
            </p>
          )}
          {question === undefined ? (
            undo !== undefined && <TakeBack onUndo={undo} />
          ) : (
            <Question
              run={run}
              question={question}
              waiting={state.waiting}
              next={next.slice(0, 2)}
              onUndo={undo}
              onSay={(said) => void say(question.id, said)}
            />
          )}
          <Keys ask={state.ask} />
          <Person rating={rating} />
        </>
      )}
      {state.agreement !== null && <People agreement={state.agreement} />}
    </section>
  );
}

/** Where no question is there to take the key. */
function TakeBack({ onUndo }: { readonly onUndo: () => void }) {
  useUndoKey(onUndo);
  return (
    <button type="button" onClick={onUndo}>
      Take the last one back
    </button>
  );
}

function waitingText({ waiting, toCome, forOthers }: PageRating, { state, canControl }: PageSummary): string {
  const others =
    forOthers === 0
      ? ''
      : ` ${counted(forOthers, 'image')} that you have rated ${forOthers === 1 ? 'waits' : 'wait'} for other people.`;
  if (waiting > 0) {
    const more =
      toCome === 0 ? '' : `, and ${toCome} more of this iteration ${toCome === 1 ? 'is' : 'are'} to come`;
    const isGone = state === 'ended' || state === 'dead';
    const kept = isGone
      ? ' The run is not running: your answers are saved and will count once it is resumed with autombw resume.'
      : '';
    return `${counted(waiting, 'image')} ${waiting === 1 ? 'waits' : 'wait'} for you${more}.${others}${kept}`;
  }
  if (state === 'ended') return 'Nothing to rate: the run has ended.';
  if (state === 'dead') return 'Nothing to rate: the run is no longer running.';
  if (state === 'paused' && canControl) return `Nothing to rate: the run is paused.${others}`;
  return forOthers > 0
    ? `Nothing to rate now.${others}`
    : 'Nothing to rate now: the next images are being made.';
}

function Keys({ ask }: { readonly ask: PageRating['ask'] }) {
  return (
    <details class="rating-keys">
      <summary>Keys and swipes</summary>
      <ul>
        {keysOf(ask).map(({ keys, does }) => (
          <li key={keys}>
            <kbd>{keys}</kbd> {does}
          </li>
        ))}
      </ul>
    </details>
  );
}

function People({ agreement: { alpha, images, people } }: { readonly agreement: PageAgreement }) {
  if (people.length < 2) return null;
  return (
    <>
      <h3>Who has rated</h3>
      <ul class="people">
        {people.map(({ name, answers }) => (
          <li key={name}>
            {name === '' ? 'Without a name' : name}: {counted(answers, 'answer')}
          </li>
        ))}
      </ul>
      <p class="quiet">
        {alpha === null
          ? `Their agreement cannot be measured yet (${counted(images, 'image')} judged by several).`
          : `They ${agreeText(alpha)}: Krippendorff's alpha is ${alpha.toFixed(2)} over ${counted(images, 'image')} (1 = always the same, 0 = no better than chance).`}
      </p>
    </>
  );
}

/** The bounds are Krippendorff's own. */
function agreeText(alpha: number): string {
  if (alpha >= 0.8) return 'agree well';
  return alpha >= 0.667 ? 'partly agree' : 'hardly agree';
}
