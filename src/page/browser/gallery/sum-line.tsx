/** What all pairs come to, in one sentence. */
import { scoreText } from '../../../shared/score-text.ts';
import type { PairSum } from './pairs.ts';

export function differenceText(difference: number): string {
  return `${difference > 0 ? '+' : ''}${scoreText(difference)}`;
}

export function SumLine({ sum, scorer }: { readonly sum: PairSum; readonly scorer: string }) {
  const { both, higher, lower, left, right, difference } = sum;
  if (left === null || right === null || difference === null)
    return <p class="quiet">The two sides have no image in common.</p>;
  // Of some scorers a low value is good: only scores are always turned so that high is.
  const words = scorer === '' ? ['better', 'worse'] : ['higher', 'lower'];
  return (
    <p role="status">
      Mean {scoreText(left)} on the left, {scoreText(right)} on the right: <b>{differenceText(difference)}</b>
      . The right one is {words[0]} on {higher} of {both} images, {words[1]} on {lower}.
      {scorer !== '' && ` These are raw values of ${scorer}; for some scorers lower is better.`}
    </p>
  );
}
