/** A run with kept pictures, as a search leaves it: baselines, iterations, one that took over a score, one that failed, a proof. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { imageKey, imageNames, proofImageStem } from '../../src/images/names.ts';
import { toWebp } from '../../src/images/webp.ts';
import { filesOf } from '../../src/journal/name-run.ts';
import type { JournalRecord, SearchPlan } from '../../src/journal/record.ts';
import { uniformWeights } from '../../src/space/blocks.ts';
import { reportPlan } from './make-report-run.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface GalleryRunParts {
  /** Iterations beside the three baselines; 4 unless given. */
  readonly iterations?: number;
  /** Whether the picture of this slot is on the disk; all are unless given. */
  readonly isKept?: (trial: number, slot: number) => boolean;
  readonly saveImages?: string;
  /** Of the first payload; `coast` unless given. */
  readonly payload?: string;
  readonly infotext?: string;
  /** With one more request and fresh seeds. */
  readonly hasProof?: boolean;
}

export interface GalleryRun {
  readonly journal: string;
  /** Folder of its pictures. */
  readonly images: string;
  /** The iteration that took over the score of the fourth, and the one that failed. */
  readonly repeat: number;
  readonly failed: number;
}

export const INFOTEXT = 'a quiet coast\nNegative prompt: blurry\nSteps: 4, Sampler: "Euler, a", Seed: 1';
const time = { at: '2026-11-20T10:00:00.000Z', evaluation: 1, iteration: 1 };
const BASELINES = ['A', 'B', 'half'] as const;

export async function galleryRun({
  iterations = 4,
  isKept = () => true,
  saveImages = 'all',
  payload = 'coast',
  infotext = INFOTEXT,
  hasProof = true,
}: GalleryRunParts = {}): Promise<GalleryRun> {
  const journal = path.join(temporaryFolder('gallery'), 'O.journal.jsonl');
  const { images: folder } = filesOf(journal);
  mkdirSync(folder);
  const plan = planOf(payload, saveImages);
  const names = imageNames(plan.requests);
  const records: JournalRecord[] = [{ kind: 'plan', version: 1, plan, recipe: 'O.recipe.txt', time }];
  const count = BASELINES.length + iterations;
  for (let trial = 1; trial <= count; trial++) {
    const images = imagesOf(plan.requests, trial, scoreOf(trial));
    records.push(asked(trial, BASELINES[trial - 1]));
    records.push({ kind: 'scored', trial, score: scoreOf(trial), images, time });
    for (const [slot, { request, index }] of images.entries()) {
      if (!isKept(trial, slot)) continue;
      const stem = names.stem(trial, imageKey(request, index)) ?? '';
      writeFileSync(path.join(folder, `${stem}.webp`), await picture(trial, slot, infotext));
    }
  }
  const repeat = count + 1;
  const failed = count + 2;
  const failure = { code: 'image-broken', message: 'It broke.' };
  records.push(asked(repeat), {
    kind: 'scored',
    trial: repeat,
    score: scoreOf(4),
    images: [],
    repeatOf: 4,
    time,
  });
  records.push(asked(failed), { kind: 'failed', trial: failed, failure, images: [], time });
  if (hasProof) records.push(...(await proofOf(plan, folder, infotext)));
  records.push({ kind: 'stopped', reason: { code: 'iterations', message: 'Done.' }, time });
  writeFileSync(journal, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  return { journal, images: folder, repeat, failed };
}

/** The fifth is the best. */
function scoreOf(trial: number): number {
  return trial === 5 ? 0.9 : 0.1 + 0.01 * (trial % 50);
}

function planOf(payload: string, saveImages: string): SearchPlan {
  const request = { prompt: 'a quiet coast', negativePrompt: 'blurry', reverseScoring: false };
  const body = { prompt: 'a quiet coast', steps: 4, sampler_name: 'Euler' };
  return reportPlan({
    config: { payload: ['p.json'], modelA: 'crisp', modelB: 'vivid', output: 'O', saveImages, iterations: 9 },
    requests: [
      { ...request, id: 'p/0', payload, seeds: [1, 2], body },
      { ...request, id: 'q/0', payload: 'village', seeds: [3, 4], body },
    ],
    scorers: ['quality', 'niqe'].map((id) => ({ id, version: '1', weight: 1, map: 'identity' })),
    server: {
      family: 'a1111',
      version: '1.10',
      mergeWay: 'runtime-block-merge',
      modelA: { name: 'crisp', file: 'crisp', hash: null },
      modelB: { name: 'vivid', file: 'vivid', hash: null },
    },
  });
}

function asked(trial: number, baseline?: (typeof BASELINES)[number]): JournalRecord {
  return {
    kind: 'asked',
    trial,
    origin: baseline === undefined ? 'optimizer' : 'queued',
    ...(baseline !== undefined && { baseline }),
    point: [],
    weights: uniformWeights((trial % 100) / 100, 'sd1'),
  };
}

function imagesOf(requests: SearchPlan['requests'], trial: number, score: number) {
  return requests
    .flatMap(({ id, payload, seeds }) => seeds.map((seed, index) => ({ request: id, index, payload, seed })))
    .map((image, slot) => ({
      ...image,
      score: score + 0.01 * slot,
      raw: { quality: score, niqe: 10 - score },
      pixels: `${trial}x${slot}`.padEnd(64, '0'),
      seconds: 1,
    }));
}

/** Another colour for each. */
async function picture(trial: number, slot: number, infotext: string): Promise<Uint8Array> {
  const background = { r: (trial * 37) % 256, g: (slot * 61) % 256, b: 120 };
  const png = await sharp({ create: { width: 96, height: 64, channels: 3, background } })
    .png()
    .toBuffer();
  return toWebp(png, infotext);
}

async function proofOf(plan: SearchPlan, folder: string, infotext: string): Promise<JournalRecord[]> {
  const requests = plan.requests.map((request) => ({ ...request, id: `proof/${request.id}`, seeds: [900] }));
  const images = requests.map(({ id }) => ({ request: id, index: 0 }));
  const candidates = (['best', 'A'] as const).map((name) => ({
    name,
    trial: name === 'A' ? 1 : 5,
    weights: uniformWeights(name === 'A' ? 0 : 0.05, 'sd1'),
  }));
  const proved: JournalRecord[] = [];
  for (const { name, trial } of candidates) {
    const made = imagesOf(requests, trial, scoreOf(trial));
    for (const [slot, image] of made.entries()) {
      const stem = proofImageStem({ proof: 1, requests, images }, name, image) ?? '';
      writeFileSync(path.join(folder, `${stem}.webp`), await picture(trial, slot, infotext));
    }
    proved.push({ kind: 'proved', proof: 1, candidate: name, images: made, time });
  }
  const words = ['The best is better than model A.'];
  return [
    { kind: 'proving', proof: 1, candidates, requests, images, scorers: plan.scorers, time },
    ...proved,
    { kind: 'verdict', proof: 1, verdict: {}, words, time },
  ];
}
