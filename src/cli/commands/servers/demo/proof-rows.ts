/** The candidates of a proof with their kept images, as rows of a sheet. */
import fs from 'node:fs';
import { proofImageFile } from '../../../../images/names.ts';
import { filesOf } from '../../../../journal/name-run.ts';
import { readJournal } from '../../../../journal/read.ts';
import type { CandidateName } from '../../../../proof/proof.ts';
import { proofsOf } from '../../../../proof/read-proofs.ts';
import type { Viewed } from './viewer.ts';

/** In the order of the rows; the runner-up is no part of the show. */
const ROWS: readonly (readonly [CandidateName, string])[] = [
  ['A', 'A  crisp'],
  ['B', 'B  vivid'],
  ['half', '0.5 of each'],
  ['best', 'best merge'],
];

/** @param number of the proof within the journal */
export async function proofRows(journal: string, number: number): Promise<Viewed[]> {
  const { records } = await readJournal(journal);
  const proof = proofsOf(records).find(({ plan }) => plan.proof === number);
  if (proof === undefined) return [];
  const { plan, results, verdict } = proof;
  const prompts = new Map(plan.requests.map(({ id, prompt }) => [id, prompt]));
  const folder = filesOf(journal).images;
  return ROWS.flatMap(([name, label]): Viewed[] => {
    const result = results.find(({ candidate }) => candidate.name === name);
    const mean = verdict?.means.find((one) => one.name === name)?.mean;
    if (result === undefined || mean === undefined) return [];
    const images = result.images.flatMap((image) => {
      const file = proofImageFile(folder, plan, name, image);
      const prompt = prompts.get(image.request) ?? '';
      return file === undefined ? [] : [{ prompt, bytes: fs.readFileSync(file), score: image.score }];
    });
    return [{ label, weights: result.candidate.weights, mean, images }];
  });
}
