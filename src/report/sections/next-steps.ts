/** What to do next: what the proof, the state of the search and the blocks suggest, with what to type. */
import type { Proof } from '../../proof/proof.ts';
import { isBaselineName } from '../candidates.ts';
import { markup } from '../html.ts';
import type { ReportRun } from '../report.ts';
import type { Ids, Section } from '../section.ts';
import { shellWord } from '../words.ts';

interface Step {
  readonly sentence: string;
  readonly command: string | undefined;
}

/** Undefined where there is nothing to suggest. */
export function nextStepsSection(run: ReportRun, ids: Ids): Section | undefined {
  const steps = [...openSteps(run), ...proofSteps(run), ...suggestionSteps(run)];
  if (steps.length === 0) return undefined;
  const body = markup`<ul class="steps">
    ${steps.map(({ sentence, command }) => markup`<li>${sentence}${command !== undefined && markup` <code>${command}</code>`}</li>`)}
  </ul>`;
  return { id: ids('next'), title: 'What to do next', body };
}

function openSteps({ end, journal }: ReportRun): Step[] {
  if (end.kind !== 'stopped' && end.kind !== 'open') return [];
  return [
    {
      sentence: 'The search is not finished. Continue it:',
      command: `autombw resume ${shellWord(journal)}`,
    },
  ];
}

function proofSteps({ proof, recommended, plan, journal, name }: ReportRun): Step[] {
  if (recommended === undefined || plan === undefined) return [];
  const run = shellWord(journal);
  if (proof === undefined || proof.verdict === null) {
    return [{ sentence: 'Test the best merge on fresh images:', command: `autombw prove ${run}` }];
  }
  const { winner, isProved } = proof.verdict;
  const output = shellWord(`${name}.safetensors`);
  if (winner === 'runner-up') {
    const trial = proof.plan.candidates.find((one) => one.name === winner)?.trial ?? undefined;
    const which = trial === undefined ? '' : ` --iteration ${trial}`;
    return [
      { sentence: 'Use the runner-up:', command: `autombw merge --run ${run}${which} --output ${output}` },
    ];
  }
  if (isProved) {
    return [{ sentence: 'Use the merge:', command: `autombw merge --run ${run} --output ${output}` }];
  }
  const needed = neededImages(proof);
  if (needed === undefined) return [];
  if (needed > WORTH_IT * proof.verdict.images) {
    const sentence = `The difference is so small that it would take about ${needed.toLocaleString('en')} fresh images to confirm it: continuing the search, or a search with other options, is more promising.`;
    return [{ sentence, command: undefined }];
  }
  return [
    {
      sentence: `About ${needed} fresh images would confirm a difference of this size:`,
      command: `autombw prove ${run} --prove ${needed}`,
    },
  ];
}

/** Times the images of the proof: more are nobody's evening. */
const WORTH_IT = 20;

function neededImages({ verdict }: Proof): number | undefined {
  if (verdict === null || verdict.isProved) return undefined;
  const open = verdict.comparisons.filter(
    ({ of, against, needed, mean }) =>
      of === verdict.winner && isBaselineName(against) && needed !== null && mean > 0,
  );
  return open.length === 0 ? undefined : Math.max(...open.map(({ needed }) => needed ?? 0));
}

function suggestionSteps({ importance, journal }: ReportRun): Step[] {
  if (importance?.enough !== true) return [];
  return importance.suggestions.map(({ kind, sentence, option }) => {
    if (option === undefined) return { sentence, command: undefined };
    return kind === 'go-on'
      ? { sentence, command: `autombw resume ${shellWord(journal)} ${option}` }
      : { sentence: `${sentence} In a new search:`, command: option };
  });
}
