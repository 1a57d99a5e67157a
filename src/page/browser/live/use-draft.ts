/** The draft of weights that somebody changes on the page: asks the run to measure it, or says why it cannot. */
import { useState } from 'preact/hooks';
import type { PageBlockFacts, PageReach } from '../../blocks/state.ts';
import type { PageSummary, PageTrial } from '../../state.ts';
import { post } from '../post.ts';
import { asked, withoutBlock, withWeight, type Draft, type Facts, type Weights } from './draft.ts';
import { lastTrial, sentText, type Sent } from './sent.ts';

export interface Drafting {
  readonly draft: Draft;
  /** What was answered last; empty at first. */
  readonly told: string;
  readonly isSending: boolean;
  readonly setWeight: (facts: PageBlockFacts, weight: number) => void;
  readonly undo: (facts: PageBlockFacts) => void;
  readonly send: () => void;
  readonly discard: () => void;
}

export function useDraft(
  run: string,
  facts: Facts,
  summary: PageSummary,
  trials: readonly PageTrial[],
): Drafting {
  const { bestWeights, canControl } = summary;
  const [draft, setDraft] = useState<Draft>({});
  const [told, setTold] = useState('');
  const [sent, setSent] = useState<Sent>();
  const [isSending, setSending] = useState(false);
  /** Of a block that does not move by itself: the run says why. */
  const explain = async ({ block, moves, low }: PageBlockFacts, weight: number): Promise<void> => {
    const other = low < 0.5 ? low + 0.1 : low - 0.1;
    const weights: Weights = { [block]: moves === 'fixed' ? other : weight };
    const reply = await post<PageReach>(`/api/runs/${run}/reach`, { weights });
    setTold(reply.isDone ? reply.answer.sentence : reply.message);
  };
  const forget = (): void => {
    setTold('');
    setSent(undefined);
  };
  const send = async (): Promise<void> => {
    setSending(true);
    const reply = await post<Omit<Sent, 'after'>>(`/api/runs/${run}/control`, {
      request: 'next',
      weights: asked(draft, facts),
    });
    setSending(false);
    if (!reply.isDone) {
      setTold(reply.message);
      return;
    }
    setDraft({});
    setTold('');
    setSent({ ...reply.answer, after: lastTrial(summary, trials) });
  };
  return {
    draft,
    told: told === '' && sent !== undefined ? sentText(sent, summary, trials) : told,
    isSending,
    setWeight: (its, weight) => {
      if (!canControl) setTold('The run is not running: it cannot take weights now.');
      else if (its.moves === 'curve' || its.moves === 'fixed') void explain(its, weight);
      else {
        forget();
        setDraft((before) => withWeight(before, its, weight, bestWeights));
      }
    },
    undo: (its) => setDraft((before) => withoutBlock(before, its)),
    discard: () => {
      setDraft({});
      forget();
    },
    send: () => void send(),
  };
}
