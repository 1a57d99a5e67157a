/** Do weights from elsewhere fit the blocks of a search? */
import { expect, it } from 'vitest';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { requireSameBlocks } from '../../../src/weights/fit.ts';

it('a history may have more parameters than blocks, but must be of the same blocks', () => {
  const blocks = uniformWeights(0.5, 'sd1');
  const shares = ['c', 'd'].flatMap((model) =>
    Object.keys(blocks).map((block) => [`multi-sum:${model}@${block}`, 0.2]),
  );
  const rows = [{ weights: { ...blocks, ...Object.fromEntries(shares) } }];
  expect(() => requireSameBlocks(rows, 'history.csv', 'sd1')).not.toThrow();
  expect(() => requireSameBlocks(rows, 'history.csv', 'flux1')).toThrow(
    /history\.csv is a history with other blocks \(IN00, IN01, IN02 …\)/,
  );
});
