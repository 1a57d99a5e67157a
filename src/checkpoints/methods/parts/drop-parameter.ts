import type { NumberParameter } from '../parameter.ts';

/** The parameter `p`. */
export function dropParameter(usual: number): NumberParameter {
  return {
    name: 'p',
    kind: 'number',
    description: 'share of the changes that is dropped',
    per: 'block',
    min: 0,
    // What is left is divided by 1 - p.
    max: 0.99,
    default: usual,
  };
}
