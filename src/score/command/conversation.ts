import { onAbort } from '../../shared/abort/on-abort.ts';
import { PROTOCOL_VERSION, readMessage, toLine } from './messages.ts';
import type { Answer, ScoreRequest } from './messages.ts';
import { startLineProcess } from './line-process.ts';
import type { LineProcess } from './line-process.ts';
import type { Launch } from '../../shared/process/launch.ts';

/** The child ended, hung or spoke nonsense: it is dead, and a new one may do better. */
export class ChildFault extends Error {
  override readonly name = 'ChildFault';
  /** Last words of the child; empty where it said nothing. */
  readonly tail: string;

  /** @param what follows the name of the scorer: `ended with exit code 1` */
  constructor(what: string, tail: string) {
    super(what);
    this.tail = tail;
  }
}

export interface Introduction {
  readonly name: string | undefined;
  readonly version: string | undefined;
}

/** One child from hello to bye. Once it has failed, everything fails with that {@link ChildFault}. */
export interface Conversation {
  readonly introduction: Introduction;
  readonly isOver: () => boolean;
  /**
   * @throws {@link ChildFault}, or the signal's reason: then the child has been killed, for it is busy with what nobody wants
   */
  ask(request: ScoreRequest, seconds: number, signal: AbortSignal): Promise<Answer>;
  /** Says bye, waits, kills what is still there. */
  close(patienceSeconds: number): Promise<void>;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Starts a child and waits until it is ready.
 * @throws {@link ChildFault}, or the signal's reason
 */
export async function openConversation(
  launch: Launch,
  image: 'path' | 'base64',
  startSeconds: number,
  signal: AbortSignal,
): Promise<Conversation> {
  signal.throwIfAborted();
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let fault: string | undefined;
  let greeted: ((introduction: Introduction) => void) | undefined;
  const child = startLineProcess(launch, hear);
  void child.ended.then((how) => {
    fault ??= how;
    const error = new ChildFault(fault, child.tail());
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  });

  function fail(what: string): void {
    fault ??= what;
    child.kill(what);
  }

  function hear(line: string): void {
    if (fault !== undefined) return;
    const message = readMessage(line);
    if (message.type === 'chatter') return child.remember(line);
    if (message.type === 'ready') return greeted?.({ name: message.name, version: message.version });
    const { id, answer } = message;
    if (greeted !== undefined && answer.kind === 'error') return fail(`cannot start: ${answer.reason}`);
    const asker = id === undefined ? undefined : waiting.get(id);
    if (id === undefined || asker === undefined) {
      child.remember(line);
      return fail(`answered to ${id === undefined ? 'no id' : `id ${id}`}, which was not requested`);
    }
    waiting.delete(id);
    return asker.resolve(answer);
  }

  async function ask(request: ScoreRequest, seconds: number, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    if (fault !== undefined) throw new ChildFault(await child.ended, child.tail());
    const id = ++lastId;
    const answer = new Promise<Answer>((resolve, reject) => waiting.set(id, { resolve, reject }));
    child.write(toLine({ type: 'score', id, ...request }));
    return whileWaiting(answer, `did not answer within ${seconds} s`, seconds, signal);
  }

  /** Whatever is waited for, the child dies when it takes too long or is no longer wanted. */
  async function whileWaiting<T>(
    promise: Promise<T>,
    tooLate: string,
    seconds: number,
    signal: AbortSignal,
  ): Promise<T> {
    const timer = setTimeout(() => fail(tooLate), seconds * 1000);
    const stopListening = onAbort(signal, () => fail('was stopped'));
    try {
      return await promise;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(timer);
      stopListening();
    }
  }

  const ready = new Promise<Introduction>((resolve, reject) => {
    greeted = resolve;
    void child.ended.then((how) => reject(new ChildFault(how, child.tail())));
  });
  child.write(toLine({ type: 'hello', version: PROTOCOL_VERSION, image }));
  const introduction = await whileWaiting(
    ready,
    `was not ready within ${startSeconds} s`,
    startSeconds,
    signal,
  );
  greeted = undefined;
  return {
    introduction,
    isOver: () => fault !== undefined,
    ask,
    close: async (seconds) => part(child, seconds),
  };
}

async function part(child: LineProcess, seconds: number): Promise<void> {
  child.write(toLine({ type: 'bye' }));
  child.endInput();
  const timer = setTimeout(() => child.kill('did not exit after bye'), seconds * 1000);
  await child.ended;
  clearTimeout(timer);
}
