/** Scores by payload: where the gain comes from. */
import { candidateText } from '../candidates.ts';
import type { ImageRecord } from '../../types.ts';
import { markup, NOTHING, type Html } from '../html.ts';
import type { ReportRun } from '../report.ts';
import { table } from '../section.ts';
import { firstTrial, imagesBehind } from '../trials.ts';
import { meanOf, scored, signed } from '../words.ts';

interface Source {
  readonly name: string;
  readonly isBest: boolean;
  readonly images: readonly ImageRecord[];
}

/** Nothing where no image of the best is known. */
export function payloadScores(run: ReportRun): Html {
  const proved = provedSources(run);
  const isProof = proved.some(({ isBest }) => isBest);
  const sources = isProof ? proved : searchSources(run);
  const best = sources.find(({ isBest }) => isBest);
  if (best === undefined || best.images.length === 0) return NOTHING;
  const payloads = [...new Set(best.images.map(({ payload }) => payload))];
  const against = sources.filter((one) => one !== best);
  const rows = payloads.map((payload) => {
    const mean = (source: Source): number | undefined =>
      meanOf(source.images.flatMap((image) => (image.payload === payload ? [image.score] : [])));
    const own = mean(best);
    const others = against.map(mean).filter((value) => value !== undefined);
    return [
      markup`<span dir="auto">${payload}</span>`,
      best.images.filter((image) => image.payload === payload).length,
      ...against.map((source) => scored(mean(source))),
      scored(own),
      own === undefined || others.length === 0 ? '–' : signed(own - Math.max(...others)),
    ];
  });
  return table(
    isProof
      ? 'Mean scores by payload, on the fresh images; gain: best merge minus the highest of the others'
      : "Mean scores by payload, on the search's own images; gain: best merge minus the highest of the others",
    [
      { title: 'payload' },
      { title: 'images', isNumber: true },
      ...against.map(({ name }) => ({ title: name, isNumber: true })),
      { title: best.name, isNumber: true },
      { title: 'gain', isNumber: true },
    ],
    rows,
  );
}

function provedSources(run: ReportRun): Source[] {
  return (run.proof?.results ?? [])
    .filter(({ candidate }) => candidate.name !== 'runner-up')
    .map(({ candidate: { name }, images }) => ({
      name: candidateText(name, run),
      isBest: name === 'best',
      images,
    }));
}

function searchSources(run: ReportRun): Source[] {
  const { trials, recommended } = run;
  const baselines = trials.flatMap((trial): Source[] =>
    'baseline' in trial && trial.baseline !== undefined
      ? [{ name: candidateText(trial.baseline, run), isBest: false, images: trial.images }]
      : [],
  );
  const best = trials.find(({ id }) => id === recommended?.trial);
  const first = baselines.length > 0 ? undefined : firstTrial(trials);
  return [
    ...baselines,
    ...(first === undefined || first === best
      ? []
      : [{ name: candidateText('first', run), isBest: false, images: first.images }]),
    ...(best === undefined
      ? []
      : [{ name: candidateText('best', run), isBest: true, images: imagesBehind(best, trials) }]),
  ];
}
