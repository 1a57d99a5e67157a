import path from 'node:path';
import { expect, it } from 'vitest';
import { WatchedRating } from '../../../../src/page/rating/watched-rating.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

it('says of an answer that counts that it cannot be taken back, and of a question that it is closed', async () => {
  const rating = new WatchedRating(path.join(temporaryFolder('rating'), 'O.journal.jsonl'));
  expect(await rating.say('gone', '', { undo: true })).toMatch(/^Your last answer has already/);
  expect(await rating.say('gone', '', { rating: 7 })).toBe('This question is no longer open.');
});
