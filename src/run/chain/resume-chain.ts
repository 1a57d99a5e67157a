/** Goes on with a chain: what is done is not done again, and what failed is tried once more. */
import path from 'node:path';
import { planChain } from '../../config/chain.ts';
import { warningOnUnknown, translateChain } from '../../config/recorded-config.ts';
import { reopenJournal } from '../../journal/append.ts';
import type { Environment } from '../environment.ts';
import { withOverrides, type ResumeOverrides } from '../resume.ts';
import { readChainJournal, type ChainRecord } from '../../journal/chain-record.ts';
import { carryOut, type ChainSummary, type ChainWatcher } from './run-chain.ts';

/**
 * @param overrides what each of its searches may change
 * @throws usage errors `chain-damaged`, `frozen-option`, and those of a configuration that can no longer be read
 */
export async function resumeChain(
  file: string,
  overrides: ResumeOverrides,
  environment: Environment,
  watcher: ChainWatcher,
): Promise<ChainSummary> {
  const records = await readChainJournal(file);
  const [first] = records;
  if (first?.kind !== 'chain') throw new Error('a chain begins with its configuration');
  const translated = translateChain(first.config);
  const warning = warningOnUnknown(translated);
  if (warning !== undefined) environment.onWarning(warning);
  const chain = planChain(withOverrides(translated.known, overrides));
  const done = records.filter((record) => record.kind === 'ended').filter(({ state }) => state === 'done');
  const begun = records.filter((record) => record.kind === 'begun');
  return carryOut({
    chain,
    // csv/history/<chain>, as chainFile names it.
    folder: path.dirname(path.dirname(path.dirname(path.resolve(file)))),
    journal: reopenJournal<ChainRecord>(file),
    environment,
    watcher,
    done: new Map(
      done.map(({ step, weights, checkpoint }) => [
        step,
        { weights: weights ?? undefined, checkpoint: checkpoint ?? undefined },
      ]),
    ),
    begun: new Map(begun.map(({ step, journal }) => [step, journal])),
    overrides,
  });
}
