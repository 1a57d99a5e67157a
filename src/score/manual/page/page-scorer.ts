import { hashPixels } from '../../../images/decode.ts';
import type { Question } from '../../../journal/rating-files.ts';
import { NEVER_ABORTED } from '../../../shared/abort/never-aborted.ts';
import { pause } from '../../../shared/abort/pause.ts';
import { usageError } from '../../../shared/errors.ts';
import type { Scorer, ScoreItem, ScoreResult } from '../../scorer.ts';
import { questionOf } from '../question-of.ts';
import { SKIPPED } from '../way.ts';
import { answersTo, type PageWay } from './page-way.ts';
import { RatingDesk } from './rating-desk.ts';

export interface PageRaters {
  /** So many different people have to answer. */
  readonly people: number;
  /** Seconds for which the last answer can be taken back, although no other picture waits. */
  readonly undo: number;
}

interface Task {
  readonly item: ScoreItem;
  readonly pixels: string;
  readonly signal: AbortSignal;
  readonly settle: (result: ScoreResult) => void;
  readonly fail: (error: unknown) => void;
  question?: Question;
  /** Known without a question. */
  result?: ScoreResult;
}

/** Milliseconds from one look at the answers to the next, while pictures wait. */
const LOOK_MS = 200;

/**
 * Asks people on the live page. What they say counts when no picture waits for an answer any more, and the last answer is a while
 * old: until then they can take it back. A picture that everybody skips is `invalid`.
 * @throws `score` run error `rating-write`; usage error `manual-needs-terminal` where there is no run beside whose journal to ask
 */
export function createPageScorer(way: PageWay, { people, undo }: PageRaters): Scorer {
  const waiting: Task[] = [];
  let journal: string | undefined;
  let desk: Promise<RatingDesk> | undefined;
  let isWorking = false;
  /** Milliseconds, as `performance.now` counts. */
  let lastHeard = -Infinity;
  let isAbandoned = false;

  async function open(): Promise<RatingDesk> {
    if (journal === undefined) throw withoutRun();
    const opened = new RatingDesk(journal);
    await opened.begin(way, people);
    return opened;
  }

  async function work(): Promise<void> {
    if (isWorking) return;
    isWorking = true;
    try {
      desk ??= open();
      const at = await desk;
      while (waiting.length > 0) {
        for (const { signal } of waiting) signal.throwIfAborted();
        await pose(at);
        if (await at.listen()) lastHeard = performance.now();
        if (isAnswered(at) && performance.now() - lastHeard >= undo * 1000) await settle(at);
        else await pause(LOOK_MS, waiting[0]?.signal ?? NEVER_ABORTED);
      }
    } catch (error) {
      isAbandoned = true;
      for (const task of waiting.splice(0)) task.fail(error);
    } finally {
      isWorking = false;
    }
  }

  /** As many questions as may be open. */
  async function pose(at: RatingDesk): Promise<void> {
    for (const task of waiting) {
      const unanswered = waiting.filter(
        ({ question }) => question !== undefined && at.opinionsOn(question).size < people,
      );
      if (unanswered.length >= way.ahead) break;
      if (task.question !== undefined || task.result !== undefined) continue;
      const { about } = questionOf(task.item, task.pixels, null);
      const posed = await way.pose(task.item, task.pixels, at.pictures, at.before(about));
      if ('state' in posed) task.result = posed;
      else {
        task.question = posed;
        at.put(posed);
      }
    }
    at.tellBehind(
      waiting.filter(({ question, result }) => question === undefined && result === undefined).length,
    );
  }

  /** Is nobody waited for? The way learns what is said on the way there. */
  function isAnswered(at: RatingDesk): boolean {
    let isComplete = true;
    for (const { item, question, result } of waiting) {
      if (question === undefined) {
        isComplete &&= result !== undefined;
        continue;
      }
      const opinions = at.opinionsOn(question);
      way.note?.(item, answersTo(question, opinions));
      isComplete &&= opinions.size >= people;
    }
    return isComplete;
  }

  function resultOf(at: RatingDesk, { item, question, result }: Task): ScoreResult {
    if (question === undefined) return result ?? SKIPPED;
    const opinions = [...at.opinionsOn(question)];
    // Where one person is enough, nobody else's word counts.
    const answers = answersTo(question, new Map(people === 1 ? opinions.slice(0, 1) : opinions));
    return answers.length === 0 ? SKIPPED : way.resultOf(item, answers);
  }

  async function settle(at: RatingDesk): Promise<void> {
    const results = waiting.map((task) => [task, resultOf(at, task)] as const);
    waiting.splice(0);
    at.count(results.flatMap(([{ question }]) => question ?? []));
    for (const [task, result] of results) {
      try {
        if (task.question !== undefined) way.settle?.(task.item, result);
        task.settle(result);
      } catch (error) {
        task.fail(error);
      }
      if (!way.keepsPictures && !waiting.some(({ pixels }) => pixels === task.pixels))
        await at.pictures.remove(task.pixels);
    }
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

    score: async (items, signal) => {
      const results = items.map(
        async (item) =>
          new Promise<ScoreResult>((settleOne, fail) => {
            waiting.push({ item, pixels: hashPixels(item.pixels), signal, settle: settleOne, fail });
          }),
      );
      void work();
      return Promise.all(results);
    },

    close: async () => {
      const at = await desk?.catch(() => undefined);
      // What is open is asked again, with the same pictures, when the run goes on: people may answer meanwhile.
      if (!isAbandoned) await at?.pictures.clear();
    },
  };
}

function withoutRun(): Error {
  return usageError(
    'manual-needs-terminal',
    'The scorer manual can only use the page during a run: otherwise it needs a terminal; leave out manual.where=page.',
  );
}
