import { optimizerNames } from '../../../src/optimizers/index.ts';
import { optimizerContract } from '../../contracts/optimizer.contract.ts';

for (const name of optimizerNames) optimizerContract(name);
