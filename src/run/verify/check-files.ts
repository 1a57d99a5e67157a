/** Do the files that a run has written say the same as its journal? And are its models those that it was made with? */
import fs from 'node:fs';
import path from 'node:path';
import { autoV1 } from '../../checkpoints/hashes.ts';
import { findLocally } from '../../checkpoints/local-path.ts';
import { readHistoryCsv, type HistoryRow } from '../../formats/history-csv.ts';
import { filesOf } from '../../journal/name-run.ts';
import type { JournalRecord, SearchPlan } from '../../journal/record.ts';
import { recipeText } from '../../outputs/projections.ts';
import { trialsCsv } from '../../outputs/run-csv.ts';
import { afterColon } from '../../shared/after-colon.ts';
import { counted } from '../../shared/counted.ts';
import { isExpected } from '../../shared/errors.ts';
import { isReadFailure, readTextFileSync } from '../../shared/files/read-file.ts';
import { hashOf } from '../../shared/hashes/file-hash.ts';
import { isSystemError, systemReason } from '../../shared/system-error.ts';
import type { FinishedTrial } from '../../types.ts';
import { readWeights } from '../../weights/read.ts';
import type { RunState } from '../run-state.ts';
import { differentBlock } from './check-iterations.ts';
import { checked, isAlike, unchecked, type Check, type Difference } from './check.ts';

/** Numbers in files for people are rounded. */
const ROUNDED = 1e-6;

/** @param plan undefined of a recovered journal */
export async function checkCsv(
  plan: SearchPlan | undefined,
  trials: readonly FinishedTrial[],
  journal: string,
): Promise<Check> {
  const { csv: file } = filesOf(journal);
  const text = read(file);
  if (typeof text !== 'string') return unchecked('csv', text.why);
  const summary = `${file}: weights and scores of ${counted(trials.length, 'row')}`;
  const expected = trialsCsv(trials, plan);
  if (text === expected) return checked('csv', summary, []);
  try {
    const [rows, own] = await Promise.all([readHistoryCsv(text), readHistoryCsv(expected)]);
    return checked('csv', summary, rowDifferences(trials, rows, own));
  } catch (error) {
    if (!isExpected(error)) throw error;
    return checked('csv', summary, [{ message: `it cannot be read: ${afterColon(error.message)}` }]);
  }
}

function rowDifferences(
  trials: readonly FinishedTrial[],
  rows: readonly HistoryRow[],
  own: readonly HistoryRow[],
): Difference[] {
  const differences: Difference[] = [];
  if (rows.length !== own.length)
    differences.push({
      message: `it has ${counted(rows.length, 'row')}, but the journal has ${counted(own.length, 'finished iteration')}`,
    });
  for (const [n, { id: iteration }] of trials.entries()) {
    const [row, expected] = [rows[n], own[n]];
    if (row === undefined || expected === undefined) break;
    const block = differentBlock(row.weights, expected.weights);
    if (block !== undefined) {
      const weight = row.weights[block] ?? 'missing';
      differences.push({
        iteration,
        message: `row ${n + 1} has ${block} ${weight}, but the journal has ${expected.weights[block] ?? 'none'}`,
      });
    }
    const [score, meant] = [row.score, expected.score];
    const isSame = score === null || meant === null ? score === meant : isAlike(score, meant, ROUNDED);
    if (!isSame)
      differences.push({
        iteration,
        message: `row ${n + 1} has score ${score ?? 'none'}, but the journal has ${meant ?? 'none'}`,
      });
  }
  return differences;
}

/** @param recipe as the plan record names it, relative to the working folder of the run */
export async function checkRecipe(
  state: RunState,
  { recipe, journal }: { readonly recipe: string; readonly journal: string },
): Promise<Check> {
  const { plan } = state;
  const best = state.best();
  if (best === undefined) return unchecked('recipe', 'No iteration has a score, so there is no recipe');
  const recommended = state.recommended()?.best ?? best;
  const file = path.join(filesOf(journal).folder, recipe);
  const text = read(file);
  if (typeof text !== 'string') return unchecked('recipe', text.why);
  // A run reserves the name at its beginning.
  if (text === '') return unchecked('recipe', 'The run has not written it yet');
  const which = recommended.trial === best.trial ? 'the best' : 'which the optimizer recommends';
  const summary = `${file}: weights of iteration ${recommended.trial}, ${which}`;
  // One that was stopped at once has not asked the optimizer for its recommendation.
  const candidates = [recommended.weights, best.weights];
  if (candidates.some((weights) => text === recipeText(plan, weights))) return checked('recipe', summary, []);
  const wrong = `it does not hold the weights of iteration ${recommended.trial}`;
  try {
    const { weights } = await readWeights(file, { folder: '.' });
    const isRight = candidates.some((expected) =>
      Object.entries(weights).every(([block, weight]) => isAlike(weight, expected[block] ?? weight, ROUNDED)),
    );
    return checked('recipe', summary, isRight ? [] : [{ iteration: recommended.trial, message: wrong }]);
  } catch (error) {
    if (!isExpected(error)) throw error;
    return checked('recipe', summary, [
      { iteration: recommended.trial, message: `${wrong}: ${afterColon(error.message)}` },
    ]);
  }
}

/** @param folder where the checkpoints are as files of this machine */
export async function checkModels(
  { server }: SearchPlan,
  folder: string,
  signal: AbortSignal,
): Promise<Check> {
  if (server === null) return unchecked('models', 'The plan was made without a WebUI and has no hashes');
  const differences: Difference[] = [];
  const right: string[] = [];
  const open: string[] = [];
  const others = server.others ?? [];
  for (const model of [server.modelA, server.modelB, ...others]) {
    const { file: name, hash } = model;
    // Model C and further ones may lie anywhere on this machine.
    const file = locate(name, folder) ?? (others.includes(model) ? existing(model.path) : undefined);
    if (hash === null) open.push(`the hash of ${name} was unknown at the start`);
    else if (file === undefined) open.push(`${name} is not below ${folder}`);
    else {
      const now = await hashLike(file, hash, signal);
      if (now === undefined) open.push(`${name} has a different kind of hash (${hash})`);
      else if (now === hash.toLowerCase()) right.push(name);
      else differences.push({ message: `${file} has the hash ${now}, but the run was made with ${hash}` });
    }
  }
  const rest = open.length === 0 ? '' : `; ${open.join('; ')}`;
  if (right.length + differences.length === 0) return unchecked('models', open.join('; '));
  return checked(
    'models',
    `Hashes of ${counted(right.length + differences.length, 'file')}${rest}`,
    differences,
  );
}

/** Is the merged checkpoint as the run has left it? The last one: it holds the best. */
export async function checkCheckpoint(
  records: readonly JournalRecord[],
  signal: AbortSignal,
): Promise<Check> {
  const saved = records.findLast((record) => record.kind === 'saved');
  if (saved === undefined) return unchecked('checkpoint', 'The run has written no merged checkpoint');
  const { checkpoint: file, sha256 } = saved;
  if (sha256 === undefined) return unchecked('checkpoint', `Only the WebUI could read ${file}`);
  if (existing(file) === undefined) return unchecked('checkpoint', `${file} is not there`);
  const isSame = (await hashOf(file, signal)) === sha256;
  const differences = isSame ? [] : [{ message: 'it was changed after the run had written it' }];
  return checked('checkpoint', `${file}: its hash`, differences);
}

function existing(file: string | undefined): string | undefined {
  return file !== undefined && fs.existsSync(file) ? file : undefined;
}

/** Folders that are none hold nothing. */
function locate(name: string, folder: string): string | undefined {
  try {
    return findLocally(name, folder);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}

/** As long a hash as the given one: of SHA-256 all of it or its beginning, or the old short one. */
async function hashLike(file: string, hash: string, signal: AbortSignal): Promise<string | undefined> {
  if (!/^(?:[0-9a-f]{8}|[0-9a-f]{10}|[0-9a-f]{12}|[0-9a-f]{64})$/i.test(hash)) return undefined;
  return hash.length === 8 ? autoV1(file) : (await hashOf(file, signal)).slice(0, hash.length);
}

function read(file: string): string | { readonly why: string } {
  if (!fs.existsSync(file)) return { why: `${file} does not exist` };
  try {
    return readTextFileSync(file);
  } catch (error) {
    if (!isReadFailure(error)) throw error;
    return { why: `${file} cannot be read (${systemReason(error)})` };
  }
}
