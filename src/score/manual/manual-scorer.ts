import { runError } from '../../shared/errors.ts';
import { createImageFolder } from '../command/image-folder.ts';
import type { Scorer, ScoreItem, ScoreResult } from '../scorer.ts';
import { inlineImage, protocolOf } from './inline-image.ts';
import { KeptAnswers } from './kept-answers.ts';
import { openQuestions, type Questions } from './questions.ts';
import { ratingWay } from './rating-way.ts';
import { checkTerminal, type RatingTerminal } from './terminal.ts';
import { SKIPPED, type Recall, type Screen, type Way } from './way.ts';

/** The rater wants no more: the run ends as if it had been interrupted. */
export const ABORTED_BY_RATER = 'manual-aborted';

interface Task {
  readonly item: ScoreItem;
  readonly signal: AbortSignal;
  readonly settle: (result: ScoreResult) => void;
  readonly fail: (error: unknown) => void;
  file?: string;
  result?: ScoreResult;
  /** What the rater was asked; a result that needed no question cannot be taken back. */
  asked?: string | undefined;
  takeBack?: (() => void) | undefined;
}

/**
 * Asks a person, one image after the other. An answer becomes final when no other image waits to be asked for: until then `u`
 * takes it back. A skipped image is `invalid`.
 * @throws `open` usage error `manual-needs-terminal`; `score` run error `manual-aborted` after `q` or the end of the input
 */
export function createManualScorer(getTerminal: () => RatingTerminal, way: Way = ratingWay()): Scorer {
  const images = createImageFolder();
  const waiting: Task[] = [];
  const rated: Task[] = [];
  let journal: string | undefined;
  let kept: Promise<KeptAnswers> | undefined;
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
      for (const task of rated) {
        try {
          keepAnswer(task);
        } catch {
          // What ended the asking is what everybody has to hear.
        }
      }
      for (const task of [...rated.splice(0), ...waiting.splice(0)]) task.fail(error);
    } finally {
      isWorking = false;
    }
  }

  async function rate(task: Task): Promise<void> {
    const terminal = getTerminal();
    const say = (text: string): void => void terminal.output.write(text);
    task.file ??= await images.write(task.item.bytes);
    if (journal !== undefined) kept ??= KeptAnswers.of(journal);
    const answers = await kept;
    const recall: Recall = (question) => answers?.recall(question);
    const posed = await way.pose(task.item, task.file, screenOf(terminal), recall);
    if ('state' in posed) return settleOne(task, posed);
    say(posed.text);
    for (;;) {
      questions ??= openQuestions(terminal);
      const line = await questions.ask(posed.question, task.signal);
      const reply = line === undefined ? ({ kind: 'quit' } as const) : posed.read(line);
      if (reply.kind === 'quit') throw (end = stopped());
      if (reply.kind === 'undo') {
        if (takeBack(answers)) return;
        say('There is nothing to undo: earlier answers have already been counted.\n');
      } else if (reply.kind === 'unclear') {
        say(posed.help);
      } else {
        task.takeBack = posed.takeBack;
        const isSaid = reply.kind === 'said';
        answers?.keep(posed.id, isSaid ? reply.said : { skip: true });
        return settleOne(task, isSaid ? reply.result : SKIPPED, posed.id);
      }
    }
  }

  function settleOne(task: Task, result: ScoreResult, asked?: string): void {
    task.result = result;
    task.asked = asked;
    rated.push(task);
    waiting.splice(waiting.indexOf(task), 1);
  }

  /** Back to the last image that was asked for. */
  function takeBack(answers: KeptAnswers | undefined): boolean {
    const at = rated.findLastIndex(({ asked }) => asked !== undefined);
    if (at < 0) return false;
    for (const task of rated.splice(at).toReversed()) {
      if (task.asked !== undefined) answers?.keep(task.asked, { undo: true });
      task.takeBack?.();
      waiting.unshift(task);
    }
    return true;
  }

  async function settle(): Promise<void> {
    for (const task of rated.splice(0)) {
      const { file, result } = task;
      if (file !== undefined && !way.keepsFiles) await images.remove(file);
      if (result === undefined) continue;
      try {
        keepAnswer(task);
        task.settle(result);
      } catch (error) {
        task.fail(error);
      }
    }
  }

  function keepAnswer({ item, asked, result }: Task): void {
    if (asked !== undefined && result !== undefined) way.settle?.(item, result);
  }

  function screenOf({ env }: RatingTerminal): Screen {
    const protocol = protocolOf(env);
    return {
      showsPictures: protocol !== undefined,
      file: async (bytes) => images.write(bytes),
      picture: async (image) => (protocol === undefined ? '' : inlineImage(protocol, image)),
    };
  }

  return {
    id: 'manual',
    version: way.version,
    needsPrompt: false,
    range: way.range,
    higherIsBetter: true,
    attach: (of) => {
      journal = of;
    },
    follow: (measured) => way.follow?.(measured),

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

function stopped(): Error {
  return runError(
    'manual-aborted',
    'You stopped rating. A search keeps its finished iterations; autombw resume continues it.',
    { endsRun: true },
  );
}
