import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { parseAnswer } from '../../../../src/score/manual/answer.ts';
import { inlineImage, protocolOf } from '../../../../src/score/manual/inline-image.ts';
import { createManualScorer } from '../../../../src/score/manual/manual-scorer.ts';
import { decodeImage, hashPixels } from '../../../../src/images/decode.ts';
import type { Scorer } from '../../../../src/score/scorer.ts';
import { answersFile } from '../../../../src/journal/rating-files.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';
import { makeRater, type Rater } from '../../../helpers/rater.ts';
import { makeItem } from '../../../helpers/score-items.ts';

const { signal } = new AbortController();
const items = await Promise.all([1, 2, 3].map((seed) => makeItem(seed)));
const [one] = items;
if (one === undefined) throw new Error('there is no item');

let scorer: Scorer | undefined;
afterEach(async () => scorer?.close?.());
function seat(rater: Rater): Scorer {
  const seated = createManualScorer(() => rater.terminal);
  scorer = seated;
  return seated;
}
const rating = (value: number) => ({ state: 'scored', value });

describe('the manual scorer', () => {
  it('asks for one image after the other, in order', async () => {
    const rater = makeRater(['7', '3.5', '10']);
    expect(await seat(rater).score(items, signal)).toEqual([rating(7), rating(3.5), rating(10)]);
    expect(rater.screen().match(/seed \d/g)).toEqual(['seed 1', 'seed 2', 'seed 3']);
    expect(rater.screen()).toContain('Payload "coast"');
    expect(rater.screen()).toContain('a lighthouse');
  });

  it('asks calls that come at the same time in the order of their coming', async () => {
    const manual = seat(makeRater(['1', '2', '3']));
    const results = await Promise.all(items.map((item) => manual.score([item], signal)));
    expect(results.flat()).toEqual([rating(1), rating(2), rating(3)]);
  });

  it('shows a file while it is asked, and removes it', async () => {
    const paths: string[] = [];
    const rater = makeRater(['5'], {
      onQuestion: () => {
        const file = /file {4}(\S+)/.exec(rater.screen())?.[1] ?? '';
        expect(Buffer.compare(readFileSync(file), Buffer.from(one.bytes))).toBe(0);
        paths.push(file);
      },
    });
    await seat(rater).score([one], signal);
    expect(paths.map((file) => existsSync(file))).toEqual([false]);
  });

  it('asks again what it does not understand', async () => {
    const rater = makeRater(['11', '-1', '', 'good', '4,25']);
    expect(await seat(rater).score([one], signal)).toEqual([rating(4.25)]);
    expect(rater.screen().match(/Give a number from 0 to 10/g)).toHaveLength(4);
  });

  it('takes back the last one while others wait, and that one after it', async () => {
    const rater = makeRater(['1', '2', 'u', 'u', '8', '9', '3']);
    expect(await seat(rater).score(items, signal)).toEqual([rating(8), rating(9), rating(3)]);
    expect(
      rater
        .screen()
        .match(/seed \d/g)
        ?.join(' '),
    ).toBe('seed 1 seed 2 seed 3 seed 2 seed 1 seed 2 seed 3');
  });

  it('says that there is nothing to take back', async () => {
    const rater = makeRater(['6', 'u', '7']);
    const manual = seat(rater);
    await manual.score([one], signal);
    expect(await manual.score([one], signal)).toEqual([rating(7)]);
    expect(rater.screen()).toContain('There is nothing to undo: earlier answers have already been counted.');
  });

  it('calls a skipped image invalid', async () => {
    expect(await seat(makeRater(['s', '2', '3'])).score(items, signal)).toEqual([
      { state: 'invalid', reason: 'skipped by the rater', isSkipped: true },
      rating(2),
      rating(3),
    ]);
  });

  it.each([['q'], [null]])('ends with %j, for all that wait and all that come', async (answer) => {
    const manual = seat(makeRater(['1', answer]));
    const ends = await Promise.allSettled(items.map((item) => manual.score([item], signal)));
    const reason = expect.objectContaining({ code: 'manual-aborted', kind: 'run' });
    expect(ends).toEqual(Array.from({ length: 3 }, () => ({ status: 'rejected', reason })));
    await expect(manual.score([one], signal)).rejects.toMatchObject({ code: 'manual-aborted' });
  });

  it('takes no line for an answer that was typed before the question', async () => {
    const rater = makeRater(['4']);
    const manual = seat(rater);
    await manual.open?.(signal);
    if (rater.terminal.input instanceof PassThrough) rater.terminal.input.write('9\n9\n');
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
    expect(await manual.score([one], signal)).toEqual([rating(4)]);
  });

  it('stops asking when the run is interrupted', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped by SIGINT');
    const rater = makeRater([], { onQuestion: () => setImmediate(() => stop.abort(reason)) });
    await expect(seat(rater).score(items, stop.signal)).rejects.toBe(reason);
  });

  it('lets no prompt play with the terminal', async () => {
    const rater = makeRater(['4']);
    await seat(rater).score([{ ...one, prompt: 'a\u001B[2Jb\u0007\u009Bc\nd', payload: '\u001Bx' }], signal);
    expect(rater.screen()).toContain('a [2Jb c d');
    // eslint-disable-next-line no-control-regex
    expect(rater.screen()).not.toMatch(/[\u001B\u0007\u009B]/);
  });

  it('needs a terminal', async () => {
    const { terminal } = makeRater([]);
    const piped = { ...terminal, input: new PassThrough() };
    scorer = createManualScorer(() => piped);
    await expect(scorer.open?.(signal)).rejects.toMatchObject({
      code: 'manual-needs-terminal',
      kind: 'usage',
    });
  });
});

describe('of a run', () => {
  /** Nothing more is typed after these: as a process that is killed then. */
  async function killedAfter(answers: readonly string[], journal: string, questions: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const manual = seat(
        makeRater(answers, { onQuestion: (number) => number === questions && setImmediate(resolve) }),
      );
      manual.attach?.(journal);
      manual.score(items, signal).catch(() => undefined);
    });
    await scorer?.close?.();
  }

  it('what was said before it is killed is asked by no later process, also where it does not count yet', async () => {
    const journal = path.join(temporaryFolder('manual'), 'O.journal.jsonl');
    await killedAfter(['4', 's'], journal, 3);
    const rater = makeRater(['6']);
    const manual = seat(rater);
    manual.attach?.(journal);
    expect(await manual.score(items, signal)).toMatchObject([
      rating(4),
      { state: 'invalid', isSkipped: true },
      rating(6),
    ]);
    expect(rater.asked()).toBe(1);
  });

  it('what was taken back is asked again', async () => {
    const journal = path.join(temporaryFolder('manual'), 'O.journal.jsonl');
    await killedAfter(['4', 'u'], journal, 3);
    // A line that a crash has cut off costs nothing but itself.
    appendFileSync(answersFile(journal), '{"id":"a","time":"","quest');
    const rater = makeRater(['1', '2', '3']);
    const manual = seat(rater);
    manual.attach?.(journal);
    expect(await manual.score(items, signal)).toEqual([rating(1), rating(2), rating(3)]);
  });

  it('an answer that cannot be kept ends the asking, and says so', async () => {
    const manual = seat(makeRater(['4']));
    manual.attach?.(path.join(temporaryFolder('manual'), 'gone', 'O.journal.jsonl'));
    await expect(manual.score(items, signal)).rejects.toMatchObject({ code: 'rating-write', endsRun: true });
  });
});

describe('parseAnswer', () => {
  it.each([
    ['0', 0],
    [' 10 ', 10],
    ['.5', 0.5],
    ['9,75', 9.75],
    ['7.', 7],
  ])('%j is %d', (text, value) => {
    expect(parseAnswer(text)).toEqual({ kind: 'rating', value });
  });

  it.each(['10.01', '1e1', '0x5', '5 6', '-0.1', '.', 'NaN', 'Infinity', ''])('%j is unclear', (text) => {
    expect(parseAnswer(text)).toEqual({ kind: 'unclear' });
  });

  it('knows the keys', () => {
    expect(['s', 'SKIP', 'u', 'Q'].map((text) => parseAnswer(text).kind)).toEqual([
      'skip',
      'skip',
      'undo',
      'quit',
    ]);
  });
});

describe('images in the terminal', () => {
  it.each([
    [{ TERM_PROGRAM: 'iTerm.app' }, 'iterm2'],
    [{ TERM_PROGRAM: 'WezTerm', TERM: 'xterm-256color' }, 'iterm2'],
    [{ TERM: 'xterm-kitty' }, 'kitty'],
    [{ TERM: 'xterm-256color', KITTY_WINDOW_ID: '1' }, 'kitty'],
    [{ TERM: 'screen-256color', KITTY_WINDOW_ID: '1' }, undefined],
    [{ TERM_PROGRAM: 'iTerm.app', TMUX: '/tmp/x' }, undefined],
    [{ TERM: 'xterm-256color', TERM_PROGRAM: 'vscode' }, undefined],
    [{}, undefined],
  ])('%j: %s', (env, protocol) => {
    expect(protocolOf(env)).toBe(protocol);
  });

  it('iTerm2 gets the file', async () => {
    const [, size, data] =
      // eslint-disable-next-line no-control-regex
      /^\u001B\]1337;File=inline=1;size=(\d+);[^:]*:([^\u0007]*)\u0007$/.exec(
        await inlineImage('iterm2', one),
      ) ?? [];
    expect(Number(size)).toBe(one.bytes.length);
    expect(Buffer.compare(Buffer.from(data ?? '', 'base64'), Buffer.from(one.bytes))).toBe(0);
  });

  it.each(['png', 'jpeg', 'webp'] as const)('Kitty gets a PNG in pieces, also of %s', async (format) => {
    const item = await makeItem(4, {}, format);
    const large = {
      ...item,
      pixels: { width: 64, height: 64, data: Uint8Array.from({ length: 12288 }, (_, i) => (i * i) % 253) },
    };
    const text = await inlineImage('kitty', format === 'png' ? item : large);
    // eslint-disable-next-line no-control-regex
    const parts = [...text.matchAll(/\u001B_G([^;]*);([^\u001B]*)\u001B\\/g)];
    expect(parts.map(([whole]) => whole).join('')).toBe(text);
    expect(parts.map(([, keys]) => keys?.endsWith('m=1'))).toEqual(parts.map((_, i) => i < parts.length - 1));
    expect(parts.every(([, , data = '']) => data.length <= 4096)).toBe(true);
    const png = Buffer.from(parts.map(([, , data]) => data).join(''), 'base64');
    expect(hashPixels(await decodeImage(png))).toBe(
      hashPixels(format === 'png' ? item.pixels : large.pixels),
    );
  });

  it('is shown where it can be', async () => {
    const rater = makeRater(['5'], { env: { TERM: 'xterm-kitty' } });
    await seat(rater).score([one], signal);
    expect(rater.screen()).toContain('\u001B_Ga=T,f=100');
  });
});
