/** Which kept images a report shows: of the proof's fresh images where they are kept, or else of the search. */
import { candidateText } from './candidates.ts';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { IMAGE_ENDINGS, imageKey, imageNames, type ImageNames } from '../images/names.ts';
import type { ImageRecord, ImageRequest } from '../types.ts';
import type { AlbumPlan, PlannedRow } from './embed-pictures.ts';
import type { AlbumColumn, ReportRun } from './report.ts';
import { firstTrial, imagesBehind } from './trials.ts';
import { meanOf } from './words.ts';

/** @param folder of the run's kept images */
export function albumOf(run: ReportRun, folder: string): AlbumPlan {
  const proved = albumOfProof(run, folder);
  if (proved !== undefined) return proved;
  return albumOfSearch(run, folder);
}

/** One row of the sheet: whose images, and what their files begin with. */
interface Shown {
  readonly id: string;
  readonly name: string;
  readonly owner: number | string;
  readonly images: readonly ImageRecord[];
}

/** The runner-up is shown only where it has proved to be the better one. */
function albumOfProof(run: ReportRun, folder: string): AlbumPlan | undefined {
  const { proof } = run;
  if (proof === undefined) return undefined;
  const shown = ['A', 'B', 'half', 'runner-up', 'best'].flatMap((wanted): Shown[] => {
    if (wanted === 'runner-up' && proof.verdict?.winner !== 'runner-up') return [];
    const result = proof.results.find(({ candidate }) => candidate.name === wanted);
    if (result === undefined) return [];
    const { name, trial } = result.candidate;
    return [
      {
        id: name,
        name: candidateText(name, run, name === 'best' || name === 'runner-up' ? trial : undefined),
        owner: `proof${proof.plan.proof}-${name}`,
        images: result.images,
      },
    ];
  });
  const plan = planOf(shown, proof.plan.requests, folder, 'proof');
  return plan.rows.some(({ files }) => files.some(isKept)) ? plan : undefined;
}

function albumOfSearch(run: ReportRun, folder: string): AlbumPlan {
  const { trials, recommended, plan } = run;
  if (plan === undefined) {
    return { source: 'search', columns: [], rows: [], note: 'A log keeps no images.' };
  }
  const baselines = (['A', 'B', 'half'] as const).flatMap((name) => {
    const trial = trials.find((one) => 'baseline' in one && one.baseline === name);
    return trial === undefined ? [] : [{ id: name, name: candidateText(name, run), trial }];
  });
  const first = firstTrial(trials);
  const best = trials.find(({ id }) => id === recommended?.trial);
  const shown = [
    ...baselines,
    ...(first === undefined || first === best
      ? []
      : [{ id: 'first', name: candidateText('first', run, first.id), trial: first }]),
    ...(best === undefined ? [] : [{ id: 'best', name: candidateText('best', run, best.id), trial: best }]),
  ].map(({ id, name, trial }): Shown => {
    const isRepeat = trial.state === 'scored' && trial.source.kind === 'repeat' && trial.images.length === 0;
    const owner = isRepeat && trial.source.kind === 'repeat' ? trial.source.of : trial.id;
    return { id, name, owner, images: imagesBehind(trial, trials) };
  });
  const album = planOf(shown, plan.requests, folder, 'search');
  if (album.rows.length > 0) return album;
  const note = existsSync(folder)
    ? 'None of the kept images belongs to a merge that is shown here.'
    : 'No images were kept: --save-images best or all keeps them.';
  return { ...album, note };
}

/** Rows without any kept image are left out. */
function planOf(
  shown: readonly Shown[],
  requests: readonly ImageRequest[],
  folder: string,
  source: AlbumPlan['source'],
): AlbumPlan {
  const names = imageNames(requests);
  const places = requests.flatMap(({ id, payload, prompt, seeds }) =>
    seeds.map((seed, index) => ({ key: imageKey(id, index), payload, prompt, seed })),
  );
  const rows = shown.map(({ id, name, owner, images }): PlannedRow => {
    const scores = new Map(images.map(({ request, index, score }) => [imageKey(request, index), score]));
    const files = places.map(({ key }) => {
      const score = scores.get(key);
      const file = keptFile(names, folder, owner, key);
      if (score === undefined) return 'not drawn';
      return file === undefined ? 'not kept' : { file, score };
    });
    return { id, name, mean: meanOf(images.map(({ score }) => score)), files };
  });
  const kept = rows.filter(({ files }) => files.some(isKept));
  const used = places.flatMap((_, i) => (kept.some(({ files }) => isKept(files[i])) ? [i] : []));
  return {
    source,
    columns: used.flatMap((i): AlbumColumn[] => {
      const place = places[i];
      return place === undefined ? [] : [place];
    }),
    rows: kept.map((row) => ({ ...row, files: used.map((i) => row.files[i] ?? 'not kept') })),
    note: undefined,
  };
}

function keptFile(
  names: ImageNames,
  folder: string,
  owner: number | string,
  key: string,
): string | undefined {
  const stem = names.stem(typeof owner === 'number' ? owner : 0, key);
  if (stem === undefined) return undefined;
  const whole = typeof owner === 'number' ? stem : stem.replace(/^0/, owner);
  return IMAGE_ENDINGS.map((ending) => path.join(folder, whole + ending)).find((file) => existsSync(file));
}

function isKept(file: PlannedRow['files'][number] | undefined): boolean {
  return file !== undefined && typeof file !== 'string';
}
