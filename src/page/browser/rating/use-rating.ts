/** What somebody is asked for a run, asked for again and again; and their answers. */
import { createContext } from 'preact';
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { PageRating, PageSaid } from '../../rating/state.ts';

export interface Rating {
  /** Null where nobody is asked anything, undefined as long as that is not known. */
  readonly state: PageRating | null | undefined;
  /** Of whoever sits here; empty for none. */
  readonly name: string;
  readonly setName: (name: string) => void;
  readonly say: (question: string, said: PageSaid) => Promise<void>;
  /** What went wrong with the last answer; empty for nothing. */
  readonly trouble: string;
}

/** Milliseconds from one look to the next: where people are asked, and where they are not. */
const OFTEN = 1000;
const SELDOM = 15_000;
const NAME = 'autombw-name';

export function useRating(run: string): Rating {
  const [state, setState] = useState<PageRating | null>();
  const [name, setNameHere] = useState(readName);
  const [trouble, setTrouble] = useState('');
  /** Of the last answer that was given: what was asked for before it is old. */
  const answers = useRef(0);
  const isBusy = useRef(false);
  const isAsked = state !== null;
  useEffect(() => {
    let isOver = false;
    const look = async (): Promise<void> => {
      const before = answers.current;
      const reply = await fetch(`/api/runs/${run}/rating?by=${encodeURIComponent(name)}`);
      if (!reply.ok) return;
      // The same version of this package sends it.
      const { rating }: { readonly rating: PageRating | null } = await reply.json();
      if (!isOver && answers.current === before && !isBusy.current) setState(rating);
    };
    // A page that is gone is told of elsewhere.
    const again = (): void => void look().catch(() => undefined);
    again();
    const timer = setInterval(again, isAsked ? OFTEN : SELDOM);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [run, name, isAsked]);
  const say = useCallback(
    async (question: string, said: PageSaid): Promise<void> => {
      // A second key before the next question is there was not meant for it.
      if (isBusy.current) return;
      isBusy.current = true;
      try {
        const reply = await fetch(`/api/runs/${run}/rating`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-autombw': '1' },
          body: JSON.stringify({ question, by: name, said }),
        });
        const { rating, message }: { readonly rating?: PageRating | null; readonly message?: string } =
          await reply.json();
        answers.current++;
        if (rating !== undefined) setState(rating);
        setTrouble(reply.ok ? '' : (message ?? `That did not work (${reply.status}).`));
      } catch {
        setTrouble('autombw is not answering: this answer was not saved.');
      } finally {
        isBusy.current = false;
      }
    },
    [run, name],
  );
  const setName = (given: string): void => {
    const kept = given.trim().slice(0, 40);
    keepName(kept);
    setNameHere(kept);
    setState(undefined);
    setTrouble('');
  };
  return { state, name, setName, say, trouble };
}

export const RatingContext = createContext<Rating | undefined>(undefined);

/** Of the run that is shown. */
export function useRatingHere(): Rating | undefined {
  return useContext(RatingContext);
}

/** A browser may forbid it: then the name is asked for again next time. */
function readName(): string {
  try {
    return localStorage.getItem(NAME) ?? '';
  } catch {
    return '';
  }
}

function keepName(name: string): void {
  try {
    localStorage.setItem(NAME, name);
  } catch {
    // See above.
  }
}
