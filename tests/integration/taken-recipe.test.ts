/** A run whose recipe cannot have the usual name says so at its beginning, and in its plan before that. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { describePlan } from '../../src/cli/commands/runs/describe-plan.ts';
import { planSearch } from '../../src/run/plan-search.ts';
import { searchTiny, tinyConfig } from '../helpers/run-search.ts';

const FIRST = path.join('recipes', 'O.recipe.txt');
const SECOND = path.join('recipes', 'O-2.recipe.txt');

it('names the recipe that it will write instead', async () => {
  const said: string[] = [];
  const setting = { config: { iterations: 1 }, onWarning: (sentence: string) => void said.push(sentence) };
  const { folder } = await searchTiny(setting);
  expect(said.join('\n')).not.toContain('recipe');
  const plan = await planSearch(tinyConfig({ ...setting, folder }));
  expect(describePlan(plan)).toContain(`Recipe       ${SECOND}, because ${FIRST} exists`);
  const { summary } = await searchTiny({ ...setting, folder });
  expect(said).toContain(`${FIRST} exists, so this run will write ${SECOND}.`);
  expect(summary.files['recipe']).toBe(path.join(folder, SECOND));
});
