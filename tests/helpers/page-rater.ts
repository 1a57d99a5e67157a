/** People who rate over HTTP, as the page in their browsers does. */
import { setTimeout as delay } from 'node:timers/promises';
import { personName } from '../../src/journal/rating-files.ts';
import type { PageQuestion, PageRating, PageSaid } from '../../src/page/rating/state.ts';

export interface PageRater {
  /** What this person sees; null before anything is asked. */
  readonly look: () => Promise<PageRating | null>;
  /** The first or second picture of a question. */
  readonly picture: (question: string, side: 0 | 1) => Promise<Response>;
  readonly say: (question: string, said: PageSaid) => Promise<Response>;
  /** Waits until what is seen is as wanted. */
  readonly until: (isWanted: (rating: PageRating) => boolean) => Promise<PageRating>;
  /**
   * Answers the first question that is open, again and again, until the page is gone.
   * @param answer undefined = waits
   */
  readonly rate: (
    answer: (question: PageQuestion) => Promise<PageSaid | undefined> | PageSaid | undefined,
  ) => Promise<readonly string[]>;
}

/** @param base of the page, with a slash at its end */
export function makePageRater(base: string, by = ''): PageRater {
  let run = '';
  const address = async (): Promise<string> => {
    while (run === '') {
      const runs: unknown = await (await fetch(`${base}api/runs`)).json();
      const [first] = Array.isArray(runs) ? runs : [];
      if (typeof first?.id === 'string') run = first.id;
      else await delay(20);
    }
    return `${base}api/runs/${run}/rating`;
  };
  const look = async (): Promise<PageRating | null> => {
    const query = new URLSearchParams({ by: personName.parse(by) });
    const reply = await fetch(`${await address()}?${query.toString()}`);
    if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`);
    const { rating } = (await reply.json()) as { readonly rating: PageRating | null };
    return rating;
  };
  const say = async (question: string, said: PageSaid): Promise<Response> =>
    fetch(await address(), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-autombw': '1' },
      body: JSON.stringify({ question, by, said }),
    });
  const until: PageRater['until'] = async (isWanted) => {
    for (;;) {
      const rating = await look();
      if (rating !== null && isWanted(rating)) return rating;
      await delay(20);
    }
  };
  return {
    look,
    say,
    until,
    picture: async (question, side) => fetch(`${await address()}/${question}/${side}`),
    async rate(answer) {
      const asked: string[] = [];
      for (;;) {
        try {
          const [question] = (await look())?.questions ?? [];
          const said = question && (await answer(question));
          if (question === undefined || said === undefined) {
            await delay(20);
            continue;
          }
          const reply = await say(question.id, said);
          if (reply.ok) asked.push(question.id);
        } catch (error) {
          // The page was closed.
          if (error instanceof TypeError) return asked;
          throw error;
        }
      }
    },
  };
}
