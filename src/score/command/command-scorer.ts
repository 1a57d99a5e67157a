import { followAbort } from '../../shared/abort/follow-abort.ts';
import { messageOf, runError } from '../../shared/errors.ts';
import type { AutombwError } from '../../shared/errors.ts';
import { judgedScore, imageName, refusedByScorer } from '../external/judged-score.ts';
import { quote } from '../external/quote.ts';
import { rangeOf } from '../external/settings.ts';
import { settleAll } from '../external/settle-all.ts';
import { outsideVersion } from '../external/version.ts';
import { withoutBlank } from '../external/without-blank.ts';
import type { Scorer, ScoreItem, ScoreResult } from '../scorer.ts';
import { ChildFault, openConversation } from './conversation.ts';
import type { Conversation, Introduction } from './conversation.ts';
import { launchOf } from './launch.ts';
import { createImageFolder } from './image-folder.ts';
import type { CommandSettings } from './settings.ts';
import { splitWords } from './split-words.ts';
import { createTurns } from '../external/turns.ts';

/** Seconds between bye and the end of patience. */
const FAREWELL = 5;

/**
 * Any program that speaks the protocol of docs/scorers-protocol.md. It is started once and stays; when it ends, hangs or
 * talks nonsense it is restarted and asked again, once for each image.
 * @throws usage error `scorer-command`; `open` and `score` throw run errors `scorer-start`, `scorer-broken`,
 *   `scorer-changed`, `scorer-failed`, `score-not-finite` and `score-out-of-range`
 */
export function createCommandScorer(settings: CommandSettings, farewell: number = FAREWELL): Scorer {
  const { run, image } = settings;
  const launch = launchOf(splitWords(run, process.platform));
  const images = createImageFolder();
  const inTurn = createTurns(settings.batch);
  let child: Promise<Conversation> | undefined;
  let introduced: Introduction | undefined;
  let isClosed = false;
  let stopStarting: (() => void) | undefined;

  const scorer = {
    id: 'command',
    version: outsideVersion('command/1', settings, [run]),
    needsPrompt: settings.needsPrompt,
    range: rangeOf(settings),
    higherIsBetter: settings.higherIsBetter,

    async open(signal: AbortSignal): Promise<void> {
      isClosed = false;
      await living(signal);
    },

    score: async (items: readonly ScoreItem[], signal: AbortSignal): Promise<readonly ScoreResult[]> =>
      withoutBlank(items, (rest) =>
        settleAll(rest.map((item) => inTurn(async () => scoreOne(item, signal)))),
      ),

    async close(): Promise<void> {
      isClosed = true;
      const last = child;
      child = undefined;
      stopStarting?.();
      // One that could not be started needs no farewell.
      const conversation = await last?.catch(() => undefined);
      await conversation?.close(farewell);
      await images.close();
    },
  };
  return scorer;

  async function scoreOne(item: ScoreItem, signal: AbortSignal): Promise<ScoreResult> {
    signal.throwIfAborted();
    const file = image === 'path' ? await images.write(item.bytes) : undefined;
    try {
      const request = requestOf(item, file ?? Buffer.from(item.bytes).toString('base64'));
      for (let attempt = 1; ; attempt++) {
        const conversation = await living(signal);
        try {
          return resultOf(item, await conversation.ask(request, settings.timeout, signal));
        } catch (error) {
          if (!(error instanceof ChildFault)) throw error;
          if (isClosed) throw closedMeanwhile();
          if (attempt === 2) throw brokenOn(item, error);
        }
      }
    } finally {
      if (file !== undefined) await images.remove(file);
    }
  }

  /** The child, started if there is none; callers at the same time get the same one. */
  async function living(signal: AbortSignal): Promise<Conversation> {
    for (;;) {
      if (isClosed) throw closedMeanwhile();
      const mine = (child ??= start(signal));
      const forget = (): void => {
        if (child === mine) child = undefined;
      };
      const conversation = await mine.catch((error: unknown) => {
        forget();
        throw error;
      });
      if (!conversation.isOver()) return conversation;
      forget();
    }
  }

  async function start(signal: AbortSignal): Promise<Conversation> {
    const starting = followAbort(signal);
    stopStarting = () => starting.abort(closedMeanwhile());
    const conversation = await openConversation(launch, image, settings.startTimeout, starting.signal)
      .catch((error: unknown) => {
        starting.signal.throwIfAborted();
        throw notStarted(error);
      })
      .finally(() => {
        starting.release();
        stopStarting = undefined;
      });
    introduced ??= conversation.introduction;
    if (nameOf(introduced) === nameOf(conversation.introduction)) return conversation;
    await conversation.close(farewell);
    throw runError(
      'scorer-changed',
      `Scorer "command" came back as ${nameOf(conversation.introduction)}, but was ${nameOf(introduced)} before: its old and new ` +
        'scores cannot be compared; restore the old one, or change its setting version and start a new search.',
    );
  }

  function resultOf(item: ScoreItem, answer: Awaited<ReturnType<Conversation['ask']>>): ScoreResult {
    if (answer.kind === 'invalid') return { state: 'invalid', reason: quote(answer.reason, 300) };
    if (answer.kind === 'error')
      throw refusedByScorer('command', item, `${quote(answer.reason, 500).replace(/\.$/, '')}.`);
    const scored = judgedScore(scorer, answer.score, item);
    return Object.keys(answer.parts).length === 0 ? scored : { ...scored, parts: answer.parts };
  }

  function notStarted(error: unknown): AutombwError {
    const isMissing = /cannot be started \(ENOENT\)/.test(messageOf(error));
    const advice = isMissing
      ? 'check that the program is installed and on the PATH (it is run without a shell: ~ and variables are not expanded)'
      : 'run it in a terminal to see why';
    return runError(
      'scorer-start',
      `Scorer "command" is not ready: ${run} ${quote(messageOf(error), 500)}; ${advice}.${lastWords(error)}`,
      { cause: error },
    );
  }

  function brokenOn(item: ScoreItem, fault: ChildFault): AutombwError {
    return runError(
      'scorer-broken',
      `Scorer "command" failed twice on ${imageName(item)}: ${run} ${fault.message}; ` +
        `run it on that image in a terminal to see why.${lastWords(fault)}`,
      { cause: fault },
    );
  }
}

function closedMeanwhile(): AutombwError {
  return runError('scorer-broken', 'Scorer "command" was closed while it was scoring.');
}

function requestOf(item: ScoreItem, image: string): Parameters<Conversation['ask']>[0] {
  const { prompt, negativePrompt, seed, payload, pixels } = item;
  const { width, height } = pixels;
  return { image, prompt, negative_prompt: negativePrompt, seed, payload, width, height };
}

function nameOf({ name, version }: Introduction): string {
  return quote(
    [name ?? 'a scorer without a name', ...(version === undefined ? [] : [version])].join(' '),
    100,
  );
}

function lastWords(error: unknown): string {
  return error instanceof ChildFault && error.tail !== '' ? `\nIts last words:\n${error.tail}` : '';
}
