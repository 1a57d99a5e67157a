import { describeScorerContract } from '../../contracts/scorer.contract.ts';
import { createScorers, scorerNames } from '../../../src/score/registry.ts';

for (const name of scorerNames) {
  describeScorerContract(name, () => {
    const [made] = createScorers([name]);
    if (made === undefined) throw new Error(`The registry made no ${name}.`);
    return made.scorer;
  });
}
