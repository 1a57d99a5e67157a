/** A fleet keeps the contract of one server, however many servers and pixel groups it has. */
import { describeEvaluator } from '../../contracts/evaluator.contract.ts';
import { Fleet } from '../../../src/fleet/fleet.ts';
import { LocalEvaluator, type EvaluatorSettings } from '../../../src/trial/local-evaluator.ts';
import type { Evaluator } from '../../../src/trial/evaluator.ts';

/** @param groups the pixel group of each member */
function fleetOf(groups: readonly string[], trials: number): (settings: EvaluatorSettings) => Evaluator {
  return (settings) => {
    const { requests, clock, reconnect } = settings;
    const names = [...new Set(groups)];
    const pins = Object.fromEntries(requests.map(({ id }, n) => [id, names[n % names.length] ?? '']));
    const fleet = new Fleet({ requests, pins, clock, reconnect });
    for (const [n, pixelGroup] of groups.entries())
      fleet.join({ name: `gpu${n}`, address: null, pixelGroup, evaluator: new LocalEvaluator(settings) });
    const [first] = Array.from({ length: trials }, () => fleet.evaluator());
    if (first === undefined) throw new Error('no trials');
    return first;
  };
}

describeEvaluator('a fleet of one', fleetOf(['x'], 1));
const twice = ['cats/0', 'cats/1', 'cats/2'];
const three = ['x', 'x', 'x'];
describeEvaluator('a fleet of three with as many open trials', fleetOf(three, 3), { spare: 2, twice });
describeEvaluator('a fleet of three with one open trial', fleetOf(three, 1), { atWork: 3, twice });
describeEvaluator('a fleet of three in two pixel groups', fleetOf(['x', 'y', 'x'], 1), {
  atWork: 3,
  twice: ['cats/0', 'cats/2'],
});
