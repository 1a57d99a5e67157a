import { describeScorerContract } from '../../contracts/scorer.contract.ts';
import { createScorers, scorerNames } from '../../../src/score/registry.ts';

// The others have a contract test of their own: they need a program, a server or files.
for (const name of scorerNames.filter((id) => id === 'quality')) {
  describeScorerContract(name, () => {
    const [made] = createScorers([name]);
    if (made === undefined) throw new Error(`The registry made no ${name}.`);
    return made.scorer;
  });
}
