import { runError } from '../../shared/errors.ts';
import { createImageFolder } from '../command/image-folder.ts';
import type { Scorer, ScoreItem, ScoreResult } from '../scorer.ts';
import { HIGHEST_RATING, parseAnswer } from './answer.ts';
import { inlineImage, protocolOf } from './inline-image.ts';
import { openQuestions, type Questions } from './questions.ts';
import { checkTerminal, type RatingTerminal } from './terminal.ts';

/** The rater wants no more: the run ends as if it had been interrupted. */
export const ABORTED_BY_RATER = 'manual-aborted';

interface Task {
  readonly item: ScoreItem;
  readonly signal: AbortSignal;
  readonly settle: (result: ScoreResult) => void;
  readonly fail: (error: unknown) => void;
  file?: string;
  result?: ScoreResult;
}

/**
 * Asks a person, one image after the other. A rating becomes final when no other image waits to be rated: until then `u`
 * takes it back. A skipped image is `invalid`.
 * @throws `open` usage error `manual-needs-terminal`; `score` run error `manual-aborted` after `q` or the end of the input
 */
export function createManualScorer(getTerminal: () => RatingTerminal): Scorer {
  const images = createImageFolder();
  const waiting: Task[] = [];
  const rated: Task[] = [];
  let questions: Questions | undefined;
  let isWorking = false;
  let end: Error | undefined;

  async function work(): Promise<void> {
    if (isWorking) return;
    isWorking = true;
    try {
      for (let task = waiting[0]; task !== undefined; task = waiting[0]) {
        await rate(task);
        if (waiting.length === 0) await settle();
      }
    } catch (error) {
      for (const task of [...rated.splice(0), ...waiting.splice(0)]) task.fail(error);
    } finally {
      isWorking = false;
    }
  }

  async function rate(task: Task): Promise<void> {
    const terminal = getTerminal();
    const say = (text: string): void => void terminal.output.write(text);
    say(await describe(task, terminal));
    for (;;) {
      questions ??= openQuestions(terminal);
      const line = await questions.ask(QUESTION, task.signal);
      const answer = line === undefined ? ({ kind: 'quit' } as const) : parseAnswer(line);
      if (answer.kind === 'quit') throw (end = stopped());
      if (answer.kind === 'undo') {
        const last = rated.pop();
        if (last !== undefined) {
          waiting.unshift(last);
          return;
        }
        say('There is nothing to take back: earlier ratings are counted already.\n');
      } else if (answer.kind === 'unclear') {
        say(`Give a number from 0 to ${HIGHEST_RATING}, s, u or q.\n`);
      } else {
        task.result =
          answer.kind === 'rating'
            ? { state: 'scored', value: answer.value }
            : { state: 'invalid', reason: 'skipped by the rater' };
        rated.push(task);
        waiting.splice(waiting.indexOf(task), 1);
        return;
      }
    }
  }

  async function settle(): Promise<void> {
    for (const { file, result, settle: done } of rated.splice(0)) {
      if (file !== undefined) await images.remove(file);
      if (result !== undefined) done(result);
    }
  }

  async function describe(task: Task, { env }: RatingTerminal): Promise<string> {
    const { item } = task;
    task.file ??= await images.write(item.bytes);
    const protocol = protocolOf(env);
    return [
      '',
      `Payload "${plain(item.payload)}", seed ${item.seed}`,
      ...(item.prompt === '' ? [] : [`  prompt  ${plain(item.prompt)}`]),
      `  file    ${task.file}`,
      ...(protocol === undefined ? [] : [await inlineImage(protocol, item)]),
      '',
    ].join('\n');
  }

  return {
    id: 'manual',
    version: 'manual/1',
    needsPrompt: false,
    range: { min: 0, max: HIGHEST_RATING },
    higherIsBetter: true,

    open: async () => {
      const terminal = getTerminal();
      checkTerminal(terminal);
      questions ??= openQuestions(terminal);
    },

    score: async (items, signal) => {
      if (end !== undefined) throw end;
      const results = items.map(
        async (item) =>
          new Promise<ScoreResult>((settleOne, fail) => {
            waiting.push({ item, signal, settle: settleOne, fail });
          }),
      );
      void work();
      return Promise.all(results);
    },

    close: async () => {
      questions?.close();
      questions = undefined;
      await images.close();
    },
  };
}

const QUESTION = `Rating, 0 to ${HIGHEST_RATING} (s skips, u takes the last one back, q stops): `;

function stopped(): Error {
  return runError(
    'manual-aborted',
    'You stopped rating; a search keeps its finished iterations, and autombw resume goes on.',
    { endsRun: true },
  );
}

/** A prompt is anybody's text: control characters could do anything to the terminal. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]+/gu, ' ');
}
