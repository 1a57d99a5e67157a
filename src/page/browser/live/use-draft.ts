/** The draft of weights that somebody changes on the page: asks the run to measure it, or says why it cannot. */
import { useState } from 'preact/hooks';
import type { PageBlockFacts, PageReach } from '../../blocks/state.ts';
import type { PageSummary } from '../../state.ts';
import { post } from '../post.ts';
import { asked, withoutBlock, withWeight, type Draft, type Facts, type Weights } from './draft.ts';

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
  { bestWeights, canControl }: Pick<PageSummary, 'bestWeights' | 'canControl'>,
): Drafting {
  const [draft, setDraft] = useState<Draft>({});
  const [told, setTold] = useState('');
  const [isSending, setSending] = useState(false);
  const explain = async ({ block }: PageBlockFacts, weight: number): Promise<void> => {
    const weights: Weights = { [block]: weight };
    const reply = await post<PageReach>(`/api/runs/${run}/reach`, { weights });
    setTold(reply.isDone ? reply.answer.sentence : reply.message);
  };
  const send = async (): Promise<void> => {
    setSending(true);
    const reply = await post<{ readonly sentence: string }>(`/api/runs/${run}/control`, {
      request: 'next',
      weights: asked(draft, facts),
    });
    setSending(false);
    if (!reply.isDone) {
      setTold(reply.message);
      return;
    }
    setDraft({});
    setTold(`Queued: measured after what is being measured. ${reply.answer.sentence}`);
  };
  return {
    draft,
    told,
    isSending,
    setWeight: (its, weight) => {
      if (!canControl) setTold('The run is not under way: it cannot be given weights here.');
      else if (its.moves === 'curve' || its.moves === 'fixed') void explain(its, weight);
      else {
        setTold('');
        setDraft((before) => withWeight(before, its, weight, bestWeights));
      }
    },
    undo: (its) => setDraft((before) => withoutBlock(before, its)),
    discard: () => {
      setDraft({});
      setTold('');
    },
    send: () => void send(),
  };
}
