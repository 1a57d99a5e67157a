/**
 * Journals say which version of an optimizer has asked, so that a run can be verified years later: the same version asks for
 * the same points. Whoever changes what one asks for raises its `version` and adds a line to the fixture.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { createOptimizer, describeOptimizers, type Dimension } from '../../../src/optimizers/index.ts';
import { run } from '../../contracts/optimizer.contract.ts';

const FIXTURE = path.resolve('tests/fixtures/optimizer-versions.json');
const known = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(FIXTURE, 'utf8')));

const DIMENSIONS: readonly Dimension[] = [
  { name: 'IN00', low: 0, high: 1, intervals: 20 },
  { name: 'IN01', low: -0.5, high: 1.5, intervals: 0 },
  { name: 'M00', low: 0, high: 1, intervals: 10 },
  { name: 'OUT00', low: 0.25, high: 0.25, intervals: 10 },
  { name: 'OUT01', low: 0, high: 1, intervals: 0 },
];

/** Smooth, with one interaction; exact arithmetic, so that every processor gives the same. */
function landscape(x: readonly number[]): number {
  const [a = 0, b = 0, c = 0, , e = 0] = x;
  return 1 - (a - 0.3) ** 2 - 0.5 * (b - 0.8) ** 2 - (c - 0.6) ** 2 + 0.25 * a * e - e ** 2 / 8;
}

it.each(describeOptimizers().map(({ name, version }) => [name, version] as const))(
  '%s asks for the points of its version %i',
  (name, version) => {
    const optimizer = createOptimizer(name, { space: { dimensions: DIMENSIONS }, seed: 7 });
    const points = run(optimizer, landscape, 24).map(({ values }) => values);
    const hash = createHash('sha256').update(JSON.stringify(points)).digest('hex').slice(0, 16);
    expect(
      known[`${name} ${version}`],
      `raise the version of ${name}, and add "${name} …": "${hash}" to ${path.basename(FIXTURE)}`,
    ).toBe(hash);
  },
);
