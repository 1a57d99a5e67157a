/** How well an order of blocks agrees with the true one, where many of them do not matter at all. */

/** True effects below it are equal: nobody could tell them apart. */
const TIED = 0.003;
/** Blocks that count as important. */
const IMPORTANT = 0.015;

/** @returns `plain`: Spearman's correlation as it is; `rank`: with ties among the true effects, over what the true order reaches */
export function rankAgreement(estimated, truth) {
  const tied = truth.map((effect) => (effect < TIED ? 0 : effect));
  const trueRanks = ranksOf(tied);
  const order = tied.map((_, i) => i).sort((a, b) => tied[a] - tied[b]);
  const best = order.reduce((ranks, i, rank) => ranks.with(i, rank), [...trueRanks]);
  return {
    plain: correlation(ranksOf(estimated), ranksOf(truth)),
    rank: correlation(ranksOf(estimated), trueRanks) / correlation(best, trueRanks),
  };
}

export function topAgreement(estimated, truth) {
  const count = truth.filter((effect) => effect >= IMPORTANT).length;
  const first = (values) =>
    values
      .map((_, i) => i)
      .sort((a, b) => values[b] - values[a])
      .slice(0, count);
  const wanted = first(truth);
  return first(estimated).filter((i) => wanted.includes(i)).length / count;
}

/** Equal values share the mean of their ranks. */
function ranksOf(values) {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal - 1) / 2;
  });
}

function correlation(a, b) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const sum = (f) => a.reduce((total, _, i) => total + f(a[i] - ma, b[i] - mb), 0);
  const spread = Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
  return spread === 0 ? 0 : sum((x, y) => x * y) / spread;
}
