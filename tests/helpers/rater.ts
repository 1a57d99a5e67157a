/** A terminal with somebody in front of it. */
import { PassThrough, Writable } from 'node:stream';
import type { RatingTerminal } from '../../src/score/manual/index.ts';

export interface Rater {
  readonly terminal: RatingTerminal;
  /** Everything on the screen. */
  readonly screen: () => string;
  /** Questions that were asked. */
  readonly asked: () => number;
}

/**
 * @param answers what is typed at each question, in turn; null ends the input, and after the last one nothing more is typed
 * @param onQuestion told the number of each question before it is answered, from 1
 */
export function makeRater(
  answers: readonly (string | null)[],
  { env = {}, onQuestion = () => {} }: RaterOptions = {},
): Rater {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  let text = '';
  let questions = 0;
  const output = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString('latin1');
        if (/(Rating, .*: |Which is better, .*\? )$/.test(text.slice(-200))) {
          onQuestion(++questions);
          const answer = answers[questions - 1];
          // After those who wait for it are ready, as a person is.
          setImmediate(() => {
            if (answer === null) input.end();
            else if (answer !== undefined) input.write(`${answer}\n`);
          });
        }
        done();
      },
    }),
    { isTTY: true },
  );
  return { terminal: { input, output, env }, screen: () => text, asked: () => questions };
}

export interface RaterOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly onQuestion?: (number: number) => void;
}
