/** One question: its pictures, and what can be said of them. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageQuestion, PageSaid } from '../../rating/state.ts';
import { useKeys } from './use-keys.ts';

interface QuestionProps {
  readonly run: string;
  readonly question: PageQuestion;
  /** Pictures that wait, this one among them. */
  readonly waiting: number;
  /** Shown next: their pictures are loaded already. */
  readonly next: readonly PageQuestion[];
  /** Undefined = there is nothing to take back. */
  readonly onUndo: (() => void) | undefined;
  readonly onSay: (said: PageSaid) => void;
}

const RATINGS = Array.from({ length: 21 }, (_, half) => half / 2);
const GRADES = [
  { first: 2, keys: '11', text: '1 is much better' },
  { first: 1, keys: '1', text: '1 is better' },
  { first: 0, keys: '=', text: 'Equal' },
  { first: -1, keys: '2', text: '2 is better' },
  { first: -2, keys: '22', text: '2 is much better' },
] as const;
/** CSS pixels of a finger's way across. */
const SWIPE = 70;

export function Question({ run, question, waiting, next, onUndo, onSay }: QuestionProps) {
  const { id, kind, isAlone, payload, seed, prompt } = question;
  const [showsPrompt, setShowsPrompt] = useState(false);
  const onPrompt = (): void => setShowsPrompt(!showsPrompt);
  const { text, isUnclear } = useKeys(question, { onSay, onUndo, onPrompt });
  useEffect(() => {
    for (const { id: other, kind: of } of next)
      for (const side of sidesOf(of)) new Image().src = addressOf(run, other, side);
  }, [run, next.map((one) => one.id).join(' ')]);
  // Pictures and buttons fit on the screen together, if it begins here.
  const top = useRef<HTMLHeadingElement>(null);
  useEffect(() => top.current?.scrollIntoView(), []);
  const finger = useSwipe(
    () => onSay({ skip: true }),
    () => onUndo?.(),
  );
  const about = `payload ${payload}, seed ${seed}`;
  return (
    <>
      <h3 ref={top}>
        {kind === 'pair' ? 'Which of the two is better?' : 'How good is this image, from 0 to 10?'}{' '}
        <small>{waiting === 1 ? 'the last one for now' : `${waiting} wait`}</small>
      </h3>
      {isAlone && (
        <p class="note">
          No earlier image of this one was kept (--save-images all keeps them): rate it by itself.
        </p>
      )}
      <div class={`asked ${kind}`} {...finger}>
        {sidesOf(kind).map((side) => (
          <figure key={side}>
            {kind === 'pair' ? (
              <button
                type="button"
                class="choose"
                aria-label={`Image ${side + 1} is better`}
                onClick={() => onSay({ first: side === 0 ? 1 : -1 })}
              >
                <img key={id} src={addressOf(run, id, side)} alt={`Image ${side + 1}: ${about}`} />
              </button>
            ) : (
              <img key={id} src={addressOf(run, id, side)} alt={`Image to rate: ${about}`} />
            )}
            <figcaption>
              {kind === 'pair' && <b>{side + 1} </b>}
              <a href={addressOf(run, id, side)} target="_blank" rel="noreferrer">
                Full size
              </a>
            </figcaption>
          </figure>
        ))}
      </div>
      <div class="answer-bar">
        {showsPrompt && (
          <p class="prompt">
            {prompt === '' ? 'No prompt.' : prompt} <small>{about}</small>
          </p>
        )}
        <div class={`answers ${kind}`} role="group" aria-label="Your answer">
          {kind === 'pair'
            ? GRADES.map(({ first, keys, text: words }) => (
                <button key={keys} type="button" onClick={() => onSay({ first })}>
                  {words} <kbd>{keys}</kbd>
                </button>
              ))
            : RATINGS.map((rating) => (
                <button
                  key={rating}
                  type="button"
                  class={rating % 1 === 0 ? 'whole' : 'half'}
                  onClick={() => onSay({ rating })}
                >
                  {rating}
                </button>
              ))}
        </div>
        <p class="typed" role="status">
          {text !== '' && (
            <>
              Typed: <b>{text}</b>
              {isUnclear ? ', which is not a valid answer.' : ' – Enter submits it, Escape clears it.'}
            </>
          )}
        </p>
        <div class="controls">
          <button type="button" onClick={() => onSay({ skip: true })}>
            Skip <kbd>s</kbd>
          </button>
          <button type="button" disabled={onUndo === undefined} onClick={onUndo}>
            Take back <kbd>u</kbd>
          </button>
          <button type="button" aria-expanded={showsPrompt} onClick={onPrompt}>
            Prompt <kbd>p</kbd>
          </button>
        </div>
      </div>
    </>
  );
}

function sidesOf(kind: PageQuestion['kind']): readonly (0 | 1)[] {
  return kind === 'pair' ? [0, 1] : [0];
}

function addressOf(run: string, question: string, side: 0 | 1): string {
  return `/api/runs/${run}/rating/${question}/${side}`;
}

/** One finger from side to side: to the left, or to the right. */
function useSwipe(onLeft: () => void, onRight: () => void) {
  const start = useRef<{ readonly x: number; readonly y: number } | undefined>(undefined);
  return {
    onTouchStart: ({ touches }: TouchEvent): void => {
      const [one] = touches;
      start.current =
        one !== undefined && touches.length === 1 ? { x: one.clientX, y: one.clientY } : undefined;
    },
    onTouchEnd: ({ changedTouches: [one] }: TouchEvent): void => {
      if (one === undefined || start.current === undefined) return;
      const across = one.clientX - start.current.x;
      const down = one.clientY - start.current.y;
      start.current = undefined;
      if (Math.abs(across) < SWIPE || Math.abs(across) < 2 * Math.abs(down)) return;
      if (across < 0) onLeft();
      else onRight();
    },
  };
}
