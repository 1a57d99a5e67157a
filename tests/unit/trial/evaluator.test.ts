import { describeEvaluator } from '../../contracts/evaluator.contract.ts';
import { throughJson } from '../../helpers/json-evaluator.ts';
import { LocalEvaluator } from '../../../src/trial/local-evaluator.ts';

describeEvaluator('the evaluator of this process', (settings) => new LocalEvaluator(settings));

// What is equal to it would be equal in another process.
describeEvaluator('an evaluator behind JSON', (settings) => throughJson(new LocalEvaluator(settings)));
