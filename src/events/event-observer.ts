/** From what a run tells those who watch it to the events that somebody wants to hear of. */
import type { RunObserver, Pause } from '../observers/observer.ts';
import { afterColon } from '../shared/after-colon.ts';
import { clockTime } from '../shared/hours.ts';
import { printable } from '../shared/printable.ts';
import { scoreText } from '../shared/score-text.ts';
import { isBaseline, type Best, type EventName } from '../types.ts';
import { LONGEST, type RunEvent } from './event.ts';
import { EventQueue } from './event-queue.ts';
import { parseTarget } from './target.ts';

export interface EventOptions {
  /** As `--on-event` takes them. */
  readonly targets: readonly string[];
  readonly events: ReadonlySet<EventName>;
  readonly run: string;
  readonly journal: string;
  readonly onTrouble: (sentence: string) => void;
}

/** Milliseconds that the end of a run waits for what is still to be told. */
const LAST_WORDS_MS = 10_000;

/** @throws TargetFault: the configuration has checked them before */
export function createEventObserver(options: EventOptions): RunObserver {
  const { events, run, journal, onTrouble } = options;
  const queue = new EventQueue({ targets: options.targets.map((text) => parseTarget(text)), onTrouble });
  let best: Best | undefined;
  /** What was told of servers that are waited for, by their lanes. */
  const troubles = new Map<string, string>();
  const tell = (event: EventName, sentence: string, facts: Partial<RunEvent> = {}): void => {
    if (!events.has(event)) return;
    queue.push({
      event,
      message: oneLine(`${run}: ${sentence}`),
      run,
      journal,
      time: new Date().toISOString(),
      iteration: null,
      score: null,
      best: best === undefined ? null : { iteration: best.trial, score: best.score },
      reason: null,
      ...facts,
    });
  };
  return {
    name: 'events',
    onBegin({ progress }) {
      ({ best } = progress);
    },
    onTrial(trial, progress) {
      const before = best;
      ({ best } = progress);
      if (trial.state === 'failed') {
        const sentence = `iteration ${trial.id} failed: ${afterColon(trial.failure.message)}`;
        tell('failed', sentence, { iteration: trial.id });
        return;
      }
      // With more images the same one may look better or worse; model A and model B are no find.
      if (best === undefined || best.trial === before?.trial) return;
      const { trial: iteration, score } = best;
      if (progress.trials.some((one) => one.id === iteration && isBaseline(one))) return;
      const was = before === undefined ? '' : `, after ${scoreText(before.score)}`;
      tell('best', `iteration ${iteration} is the best so far: ${scoreText(score)}${was}`, {
        iteration,
        score,
      });
    },
    onDoubt(_trials, progress) {
      ({ best } = progress);
    },
    onPause(pause) {
      if (pause === undefined) tell('continued', 'the search continues');
      else tell('paused', pauseSentence(pause));
    },
    onServer({ lane, state, sentence }) {
      const isAway = state === 'down' || state === 'waiting';
      // It is told again with every look.
      if (isAway && sentence !== troubles.get(lane)) tell('trouble', sentence);
      if (isAway) troubles.set(lane, sentence);
      else troubles.delete(lane);
    },
    onServerGone(lane) {
      troubles.delete(lane);
    },
    onRecord({ kind, words }) {
      if (kind !== 'verdict' || !Array.isArray(words)) return;
      tell('proof', words.map(String).join(' '));
    },
    async onEnd({ reason, best: found }) {
      best = found;
      const merge =
        found === undefined
          ? 'No iteration was scored.'
          : `The best is iteration ${found.trial} with ${scoreText(found.score)}.`;
      tell('finished', `${reason.message} ${merge}`, {
        reason: reason.code,
        ...(found !== undefined && { iteration: found.trial, score: found.score }),
      });
      await queue.finish(LAST_WORDS_MS);
    },
  };
}

function pauseSentence({ by, until }: Pause): string {
  return `paused by ${by}${until === undefined ? '' : ` until ${clockTime(Date.parse(until), Date.now())}`}`;
}

function oneLine(text: string): string {
  const line = printable(text.replaceAll(/\s+/g, ' ')).trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
