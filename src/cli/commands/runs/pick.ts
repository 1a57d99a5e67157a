/** Chooses one merge of a run with several goals, and writes its recipe. */
import path from 'node:path';
import { frontOf, type FrontTrial } from '../../../goals/front.ts';
import { goalsIn } from '../../../goals/goals.ts';
import { kneeOf, parseGoalWeights, pickByWeights } from '../../../goals/pick.ts';
import {
  mergesOnFront,
  standingJson,
  standingOf,
  trialName,
  valuesByName,
  type GoalStanding,
} from '../../../goals/standing.ts';
import { findJournal } from '../../../journal/find.ts';
import { filesOf, releaseRecipe, reserveRecipe } from '../../../journal/name-run.ts';
import { readJournal, trialsOf } from '../../../journal/read.ts';
import type { SearchPlan } from '../../../journal/record.ts';
import { dominates } from '../../../optimizers/index.ts';
import { recipeExtension, recipeText, writeWhole } from '../../../outputs/projections.ts';
import { usageError } from '../../../shared/errors.ts';
import { scoreText } from '../../../shared/score-text.ts';
import type { BlockWeights, FinishedTrial } from '../../../types.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { frontLines } from '../goal-lines.ts';
import { weightLines } from '../summary.ts';

export interface PickOptions {
  readonly weights?: string;
  readonly iteration?: number;
  readonly folder: string;
  readonly json?: boolean;
}

export async function pickCommand(
  context: CommandContext,
  run: string,
  { weights, iteration, folder, json = false }: PickOptions,
): Promise<number> {
  if (weights !== undefined && iteration !== undefined)
    throw usageError('config-invalid', 'Give --weights or --iteration, not both.');
  const journal = findJournal(run, folder);
  const { plan, finished } = await readRun(journal);
  const standing = standingOf(plan, finished);
  if (standing === undefined) {
    throw usageError(
      'goals-none',
      `The run ${journal} has a single score, so there is nothing to pick: autombw merge --run uses its best. Only a search with --goals has a front.`,
    );
  }
  if (weights === undefined && iteration === undefined) {
    if (json) context.printJson({ journal, ...standingJson(standing) });
    else context.print([...frontLines(standing), ...howToPick(journal, standing)].join('\n'));
    return EXIT.ok;
  }
  const picked =
    iteration === undefined
      ? byWeights(journal, standing, weights ?? '')
      : byNumber({ journal, plan, finished, standing }, iteration);
  const trial = finished.find(({ id }) => id === picked.one.trial);
  if (trial === undefined) throw new Error(`iteration ${picked.one.trial} of the front is not in ${journal}`);
  const recipe = writeRecipe(journal, plan, trial);
  const merge = `autombw merge --run "${journal}" --iteration ${trial.id} --output ${plan.config.output}-${trial.id}.safetensors`;
  if (json) {
    const values = valuesByName(standing.names, picked.one.values);
    context.printJson({
      journal,
      iteration: trial.id,
      values,
      rule: picked.rule,
      weights: trial.weights,
      recipe,
      merge,
    });
    return EXIT.ok;
  }
  context.print(
    [
      `Picked iteration ${trial.id}${trialName(picked.one) === String(trial.id) ? '' : ` (${trialName(picked.one)})`}: ${standing.names.map((name, k) => `${name} ${scoreText(picked.one.values[k] ?? Number.NaN)}`).join(', ')}`,
      picked.rule,
      ...weightLines(trial.weights),
      `recipe   ${recipe}`,
      `Merge with: ${merge}`,
    ].join('\n'),
  );
  return EXIT.ok;
}

async function readRun(journal: string): Promise<{ plan: SearchPlan; finished: readonly FinishedTrial[] }> {
  const { records } = await readJournal(journal);
  const [first] = records;
  if (first?.kind !== 'plan') {
    throw usageError(
      'journal-has-no-plan',
      `The journal ${journal} was recovered from a log: it has neither a plan nor goals.`,
    );
  }
  return { plan: first.plan, finished: trialsOf(records).finished };
}

interface Picked {
  readonly one: FrontTrial;
  /** A sentence on why it is this one. */
  readonly rule: string;
}

function byWeights(journal: string, { names, front }: GoalStanding, text: string): Picked {
  const weights = parseGoalWeights(text, names);
  const one = pickByWeights(front === undefined ? [] : mergesOnFront(front), weights);
  if (one === undefined) {
    throw usageError(
      'goals-none',
      front === undefined
        ? `No iteration of the run ${journal} has a value for every goal.`
        : `Model A and model B beat every merge of the run ${journal} in every goal: there is nothing to pick. To choose an iteration anyway, use --iteration.`,
    );
  }
  const rule =
    'It has the largest weighted sum of goals on the front, each scaled from 0 (worst on the front) to 1 (best).';
  return { one, rule };
}

interface Run {
  readonly journal: string;
  readonly plan: SearchPlan;
  readonly finished: readonly FinishedTrial[];
  readonly standing: GoalStanding;
}

function byNumber({ journal, plan, finished, standing }: Run, iteration: number): Picked {
  const values = goalsIn(plan, finished)?.values.get(iteration);
  if (values === undefined) {
    throw usageError(
      'iteration-unknown',
      `The run ${journal} has no iteration ${iteration} with a value for every goal; autombw pick without --iteration lists the front.`,
    );
  }
  const onFront = standing.front?.trials.find(({ trial }) => trial === iteration);
  if (onFront !== undefined) return { one: onFront, rule: 'It is on the front.' };
  const one = frontOf(
    finished.filter(({ id }) => id === iteration),
    new Map([[iteration, values]]),
  )?.trials[0] ?? { trial: iteration, values };
  const better = standing.front?.trials.find((other) => dominates(other.values, values));
  const why =
    better === undefined
      ? 'its values equal those of another iteration'
      : `${better.baseline === undefined ? `iteration ${better.trial}` : trialName(better)} is at least as good in every goal`;
  return { one, rule: `It is not on the front: ${why}.` };
}

/** Beside those of the run itself, under a name that is free. @returns the path */
function writeRecipe(
  journal: string,
  plan: SearchPlan,
  trial: { id: number; weights: BlockWeights },
): string {
  const { folder } = filesOf(journal);
  const recipe = reserveRecipe(folder, `${plan.config.output}-${trial.id}`, recipeExtension(plan));
  const file = path.join(folder, recipe);
  try {
    writeWhole(file, recipeText(plan, trial.weights));
  } catch (error) {
    releaseRecipe(folder, recipe);
    throw error;
  }
  return file;
}

function howToPick(journal: string, { names, front }: GoalStanding): string[] {
  const knee = front && kneeOf(mergesOnFront(front));
  if (knee === undefined) return [];
  return [
    `Pick one with: autombw pick "${journal}" --iteration ${knee.trial}`,
    `or by importance: autombw pick "${journal}" --weights ${names.map((name) => `${name}=1`).join(',')}`,
  ];
}
