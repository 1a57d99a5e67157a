import { describe, expect, it } from 'vitest';
import { webuiError } from '../../../src/renderers/index.ts';
import { runError } from '../../../src/shared/errors.ts';
import { isOfOneImage } from '../../../src/trial/failures.ts';
import {
  describeMissing,
  failureOfMissing,
  isEnough,
  MissingImages,
} from '../../../src/trial/missing-images.ts';
import type { ImageRecord } from '../../../src/types.ts';

const black = runError('image-degenerate', 'Black.');

function wanted(count: number): { request: string; index: number }[] {
  return Array.from({ length: count }, (_, n) => ({ request: `r/${n}`, index: 0 }));
}

function measuredBut(count: number, missing: MissingImages): Map<string, ImageRecord> {
  const keys = wanted(count).map(({ request }) => `${request}#0`);
  return new Map(keys.filter((key) => !missing.has(key)).map((key) => [key, recordOf(key)]));
}

function recordOf(request: string): ImageRecord {
  return { request, index: 0, payload: 'r', seed: 1, score: 1, raw: {}, pixels: request, seconds: 0 };
}

describe('missing images', () => {
  it('let the others count down to one half', () => {
    for (const [count, most] of [
      [1, 0],
      [2, 1],
      [3, 1],
      [4, 2],
    ] as const) {
      const missing = new MissingImages(wanted(count));
      for (let n = 0; n < most; n++) missing.noteBad(`r/${n}#0`, black, 2);
      expect(missing.failure()).toBeUndefined();
      expect(missing.isOver).toBe(false);
      missing.noteBad(`r/${most}#0`, black, 2);
      expect(missing.failure()).toEqual({ code: 'image-degenerate', message: 'Black.', ends: 'trial' });
      expect(missing.isOver).toBe(true);
    }
  });

  it('are at most three failures; what was not asked for then is missing too', () => {
    const missing = new MissingImages(wanted(12));
    const measured = new Map([...measuredBut(12, missing)].slice(0, 8));
    for (const n of [8, 9, 10]) missing.noteBad(`r/${n}#0`, black, 2);
    expect(missing.isOver).toBe(true);
    missing.close(measured);
    expect(missing.list().map(({ request, code }) => [request, code])).toEqual([
      ['r/8', 'image-degenerate'],
      ['r/9', 'image-degenerate'],
      ['r/10', 'image-degenerate'],
      ['r/11', 'pictures-missing'],
    ]);
    expect(missing.failure()).toBeUndefined();
    expect(missing.sentence()).toBe(
      '4 of 12 images are missing (r/8, r/9, r/10, r/11); the other 8 count. Black.',
    );
  });

  it('are named, of many the first', () => {
    const missing = new MissingImages(wanted(20));
    for (const n of [0, 1, 2, 3, 4, 5]) missing.noteBad(`r/${n}#0`, black, 0);
    expect(missing.sentence()).toContain('6 of 20 images are missing (r/0, r/1, r/2, r/3 and 2 more); ');
  });

  it.each([
    [1, 3, false, '1 of 3 images is missing (r/0); the other 2 count. Black.'],
    [1, 2, false, '1 of 2 images is missing (r/0); the other 1 counts. Black.'],
    [2, 3, false, 'Black. 2 of 3 images are missing (r/0, r/1), too many for a score.'],
    [2, 3, true, '2 of 3 images are missing (r/0, r/1); the score is based on the others. Black.'],
    [1, 1, false, 'Black. 1 of 1 image is missing (r/0), too many for a score.'],
    [4, 8, true, '4 of 8 images are missing (r/0, r/1, r/2, r/3); the other 4 count. Black.'],
    [5, 10, false, '5 of 10 images are missing (r/0, r/1, r/2, r/3 and 1 more); the other 5 count. Black.'],
  ])('%s of %s are told (more images: %s): %s', (lost, total, more, sentence) => {
    const missing = new MissingImages(wanted(total));
    for (let n = 0; n < lost; n++) missing.noteBad(`r/${n}#0`, black, 0);
    expect(missing.sentence(more)).toBe(sentence);
    expect(describeMissing(missing.list(), total, more)).toBe(sentence);
  });

  it('of a trial that has others already count with those', () => {
    const missing = new MissingImages(wanted(2), { there: 2 });
    for (const n of [0, 1]) missing.noteBad(`r/${n}#0`, black, 0);
    expect([missing.failure(), missing.isOver]).toEqual([undefined, false]);
    expect(missing.sentence()).toBe('2 of 4 images are missing (r/0, r/1); the other 2 count. Black.');
    const fewer = new MissingImages(wanted(2), { there: 1 });
    for (const n of [0, 1]) fewer.noteBad(`r/${n}#0`, black, 0);
    expect([fewer.failure()?.message, fewer.isOver]).toEqual(['Black.', true]);
  });

  it('of a part may be all of it, but nothing is asked for behind three failures', () => {
    const missing = new MissingImages(wanted(4), { isPart: true });
    for (const n of [0, 1]) missing.noteBad(`r/${n}#0`, black, 0);
    missing.close(new Map());
    expect([missing.isOver, missing.size]).toEqual([false, 2]);
    missing.noteBad('r/2#0', black, 0);
    missing.close(new Map());
    expect([missing.isOver, missing.failure(), missing.size, missing.has('r/3#0')]).toEqual([
      true,
      undefined,
      4,
      true,
    ]);
    expect(missing.has('r/4#0')).toBe(false);
    expect(missing.noteFailed(webuiError('webui-rejected', 'No.'), { request: 'r/3' }, new Map())).toBe(
      false,
    );
  });

  it('fail a trial by the first that was asked for', () => {
    const [first, second] = [black, runError('image-broken', 'Cut.')].map((error, n) => ({
      request: `r/${n}`,
      index: 0,
      code: error.code,
      message: error.message,
    }));
    if (first === undefined || second === undefined) throw new Error('there are two');
    const missing = new MissingImages(wanted(4));
    for (const n of [1, 2, 3]) missing.noteBad(`r/${n}#0`, black, 0);
    missing.close(new Map());
    const [notAsked] = missing.list();
    if (notAsked === undefined) throw new Error('the first was not asked for');
    expect(failureOfMissing([notAsked, second, first])).toEqual({
      code: 'image-broken',
      message: 'Cut.',
      ends: 'trial',
    });
    expect(failureOfMissing([notAsked])?.code).toBe('pictures-missing');
    expect(failureOfMissing([])).toBeUndefined();
    expect([isEnough(1, 2), isEnough(1, 3), isEnough(2, 3), isEnough(0, 0)]).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('are the same whether the image behind the last failure was still made or not', () => {
    const outcomes = [9, 10, 11].map((sent) => {
      const missing = new MissingImages(wanted(12));
      for (const n of [1, 6, 8]) missing.noteBad(`r/${n}#0`, black, 2);
      const came = new Set(wanted(sent).map(({ request }) => `${request}#0`));
      // One behind the last failure is bad as well.
      if (sent === 11) missing.noteBad('r/10#0', black, 2);
      const measured = new Map([...measuredBut(12, missing)].filter(([key]) => came.has(key)));
      missing.cutBehindLast(measured, came, 0);
      missing.close(measured);
      return [[...measured.keys()], missing.list()];
    });
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[2]).toEqual(outcomes[0]);
    expect(outcomes[0]?.[0]).toEqual([0, 2, 3, 4, 5, 7].map((n) => `r/${n}#0`));
  });

  it('are asked for again as often as their failure allows', () => {
    const missing = new MissingImages(wanted(4));
    const size = runError('picture-size', 'Small.', { retry: 'image', retryLimit: 1 });
    expect([1, 2].map(() => missing.noteBad('r/0#0', size, 5))).toEqual([true, false]);
    const broken = runError('image-broken', 'Broken.', { retry: 'image' });
    expect([1, 2, 3].map(() => missing.noteBad('r/1#0', broken, 2))).toEqual([true, true, false]);
    expect(missing.list().map(({ code }) => code)).toEqual(['picture-size', 'image-broken']);
  });

  it('are those that a failure of the server names, and not those that have come', () => {
    const missing = new MissingImages([0, 1, 2].map((index) => ({ request: 'r/0', index })));
    const failure = webuiError('webui-rejected', 'No.');
    expect(missing.noteFailed(failure, undefined, new Map())).toBe(false);
    expect(missing.noteFailed(failure, { request: 'other' }, new Map())).toBe(false);
    const measured = new Map([['r/0#1', recordOf('r/0')]]);
    expect(missing.noteFailed(failure, { request: 'r/0', index: 1 }, measured)).toBe(false);
    expect(missing.noteFailed(failure, { request: 'r/0' }, measured)).toBe(true);
    expect(missing.list().map(({ index }) => index)).toEqual([0, 2]);
    expect(missing.failures).toBe(1);
  });

  it('never stand for a server, a merge or a scorer that is gone', () => {
    for (const error of [
      webuiError('webui-wrong-reply', 'Another model.', { field: 'model' }),
      webuiError('webui-merge-refused', 'No.'),
      webuiError('webui-server-error', 'No.', { endsRun: true }),
      runError('scorer-unreachable', 'Gone.'),
      runError('onnx-process-lost', 'Gone.'),
      new TypeError('planted'),
    ]) {
      expect(isOfOneImage(error)).toBe(false);
    }
    expect(isOfOneImage(webuiError('webui-wrong-reply', 'Another seed.', { field: 'seed' }))).toBe(true);
    expect(isOfOneImage(runError('scorer-failed', 'It refuses this one.'))).toBe(true);
  });
});
