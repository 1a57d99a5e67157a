import { describe, expect, it } from 'vitest';
import { runError } from '../../../src/shared/errors.ts';
import { createJudge } from '../../../src/score/index.ts';
import type { Scorer } from '../../../src/score/scorer.ts';
import { Closing, withClosing } from '../../../src/run/closing.ts';

function scorer(close: Scorer['close']): Scorer {
  return {
    id: 'x',
    version: 'x/1',
    needsPrompt: false,
    range: { min: 0, max: 1 },
    higherIsBetter: true,
    score: async () => [],
    ...(close === undefined ? {} : { close }),
  };
}

describe('what a run has opened', () => {
  it('is closed once each, the last one first', async () => {
    const closed: string[] = [];
    await withClosing(
      () => {},
      async (closing) => {
        closing.add('journal', () => void closed.push('journal'));
        closing.add('servers', async () => void closed.push('servers'));
        closing.add('judge', () => void closed.push('judge'));
        await closing.close('servers');
        await closing.close('servers');
      },
    );
    expect(closed).toEqual(['servers', 'judge', 'journal']);
  });

  it('is closed after a failure too, which nothing hides: what does not close is said', async () => {
    const said: string[] = [];
    const hurried: boolean[] = [];
    const failing = async (error: Error): Promise<void> =>
      withClosing(
        (sentence) => said.push(sentence),
        async (closing) => {
          closing.add('journal', ({ isHurried }) => void hurried.push(isHurried));
          closing.add('servers', () => {
            throw new TypeError('not closed');
          });
          throw error;
        },
      );
    const expected = runError('webui-gone', 'It went away.');
    await expect(failing(expected)).rejects.toBe(expected);
    const mistake = new TypeError('planted');
    await expect(failing(mistake)).rejects.toBe(mistake);
    expect(said).toEqual(['not closed', 'not closed']);
    expect(hurried).toEqual([false, true]);
  });

  it('says what a scorer could not put back, to whoever is named', async () => {
    const [told, named]: string[][] = [[], []];
    for (const say of [undefined, (sentence: string) => void named?.push(sentence)]) {
      const closing = new Closing((sentence) => told?.push(sentence));
      const close = async (): Promise<void> => {
        throw runError('scorer-restore', 'The options could not be put back.');
      };
      const judge = createJudge([{ scorer: scorer(close), weight: 1 }]);
      await judge.open(new AbortController().signal);
      closing.addJudge(judge);
      await closing.close('judge', say === undefined ? {} : { say });
    }
    expect(told).toEqual(['The options could not be put back.']);
    expect(named).toEqual(['The options could not be put back.']);
  });
});
