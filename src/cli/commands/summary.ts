/** The end of a run in words: what was found, where it lies, what to do next. */
import { bakeFlags } from './bake-flags.ts';
import { choiceOf } from '../../checkpoints/searched-merge.ts';
import { standingJson, type GoalStanding } from '../../goals/standing.ts';
import { frontLines } from './goal-lines.ts';
import { isParameterName, parametersIn } from '../../space/parameters.ts';
import { afterColon } from '../../shared/after-colon.ts';
import { duration } from '../../shared/duration.ts';
import { scoreText } from '../../shared/score-text.ts';
import { columnsOf } from '../../shared/terminal/abilities.ts';
import { judgingLine } from './judging-line.ts';
import type { ProofSummary } from '../../run/4-prove.ts';
import type { RunSummary } from '../../run/5-finish.ts';
import { recordedReason } from '../../stop/stop-reason.ts';
import type { BlockWeights } from '../../types.ts';
import { EXIT, type CliOutput, type CommandContext } from '../cli-process.ts';
import { counted } from '../../shared/counted.ts';

export async function printSummary(
  context: CommandContext,
  summary: RunSummary,
  json: boolean,
): Promise<void> {
  if (json) {
    context.printJson(summaryJson(summary));
    return;
  }
  const { reason, best, recommended, iterations, failed, images, minutes, files, checkpoint } = summary;
  const lines = ['', reason.message];
  const range = summary.imagesPerTrial;
  const each = range === undefined ? '' : ` (${rangeText(range)} per iteration)`;
  lines.push(
    `${counted(iterations, 'iteration')}${failed > 0 ? ` (${failed} failed)` : ''}, ${counted(images, 'image')}${each}${proofImages(summary)}, ${duration(minutes * 60)}`,
  );
  if (best === undefined || recommended === undefined) {
    lines.push('No iteration was scored.');
  } else {
    lines.push(`Best score seen  ${scoreText(best.score)}  iteration ${best.trial}`);
    if (recommended.insteadOf !== undefined) {
      lines.push(
        `Recommended      ${scoreText(recommended.score)}  iteration ${recommended.trial}: ${sparseWords(recommended.insteadOf)}`,
      );
    } else if (recommended.trial !== best.trial) {
      const expected =
        recommended.expected === undefined ? '' : `, expected ${scoreText(recommended.expected)}`;
      lines.push(
        `Recommended      ${scoreText(recommended.score)}  iteration ${recommended.trial}${expected}: less likely to be a lucky outlier`,
      );
    }
    const note = range !== undefined && range.least !== range.most ? '  adjusted to the same images' : '';
    const width = Math.max(15, ...summary.baselines.map(({ title }) => title.length));
    for (const { title, score } of summary.baselines)
      lines.push(`${capital(title).padEnd(width)}  ${scoreText(score)}${note}`);
    const beaten = summary.baselines.filter(({ score }) => score > recommended.score);
    if (beaten.length > 0 && summary.proof === undefined) {
      const names = beaten.map(({ title }) => title).join(' and ');
      lines.push(`No merge in this search scored better than ${names}: search longer, or keep that.`);
    }
    lines.push(...weightLines(recommended.weights, context.process.stdout));
    if (checkpoint === undefined) lines.push(...loraLines(recommended.weights, files['journal'] ?? ''));
  }
  if (summary.goals !== undefined) lines.push('', ...goalLines(summary.goals, files['journal'] ?? ''), '');
  const judging = await judgingLine(summary.scorers.map((id) => ({ id })));
  lines.push(...context.fold(judging));
  if (summary.proof !== undefined) lines.push('', ...proofLines(summary.proof), '');
  for (const [kind, file] of Object.entries(files)) lines.push(`${kind.padEnd(8)} ${file}`);
  if (checkpoint !== undefined) {
    const writer = summary.savedBy === 'webui' ? ' (written by the WebUI)' : '';
    lines.push(`merged   ${checkpoint}${summary.checkpointKept ? ' (already written)' : writer}`);
  }
  for (const { name, reason: why } of summary.leftOut) lines.push(`${name} was not used: ${afterColon(why)}`);
  for (const file of summary.unwritten) lines.push(`Not written: ${file}`);
  if (summary.canResume) lines.push(`Continue with: autombw resume "${files['journal'] ?? ''}"`);
  context.print(lines.join('\n'));
}

/** The best recipe of the run is that of the one score. */
function goalLines(goals: GoalStanding, journal: string): string[] {
  const pick = `Pick one with: autombw pick "${journal}" --iteration N, or --weights ${goals.names.map((name) => `${name}=1`).join(',')}`;
  return [
    ...frontLines(goals),
    ...(goals.knee === undefined ? [] : [pick]),
    'Best, recommended, recipe and merged checkpoint go by the combined score of all scorers.',
  ];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Why a merge with fewer LoRAs is recommended. */
function sparseWords({
  trial,
  without,
  difference,
  standardError,
  images,
}: NonNullable<NonNullable<RunSummary['recommended']>['insteadOf']>): string {
  const what =
    without.length === 0
      ? 'with weaker LoRAs'
      : `without ${without.map((name) => `lora:${name}`).join(' and ')}`;
  const apart =
    difference <= 0
      ? `no worse than iteration ${trial} on the ${counted(images, 'image')} they share`
      : `as good as iteration ${trial} within the noise (${scoreText(difference)} below it on the same ${counted(images, 'image')}, standard error ${scoreText(standardError)}); --no-fewer-loras recommends the other`;
  return `${what} ${apart}`;
}

/** How LoRAs get into a checkpoint that the run could not write. */
function loraLines(weights: BlockWeights, journal: string): string[] {
  const flags = bakeFlags(weights);
  if (flags === '') return [];
  const command = isModelA(weights)
    ? `autombw bake --model MODEL-A.safetensors ${flags} --output FILE.safetensors`
    : `autombw merge --run "${journal}" --lora-dir FOLDER --output FILE.safetensors`;
  return [`Write the checkpoint with: ${command}`];
}

/** Is no block merged? */
function isModelA(weights: BlockWeights): boolean {
  return Object.entries(weights).every(([name, value]) => isParameterName(name) || value === 0);
}

/** What was compared, and a line for each thing that it has shown. */
export function proofLines({ words: [head = '', ...sentences] }: ProofSummary): string[] {
  return [head, ...sentences.map((sentence) => `  ${sentence}`)];
}

/** They come on top of those of the search. */
function proofImages({ proof }: RunSummary): string {
  if (proof === undefined) return '';
  const images = proof.verdict.means.reduce((sum, mean) => sum + mean.images, 0);
  return `, ${counted(images, 'image')} in the proof`;
}

function rangeText({ least, most }: NonNullable<RunSummary['imagesPerTrial']>): string {
  return least === most ? String(least) : `${least} to ${most}`;
}

/** Without what the code of the reason says already. */
export function summaryJson(summary: RunSummary): Record<string, unknown> {
  const { goals } = summary;
  return {
    ...summary,
    reason: recordedReason(summary.reason),
    ...(goals !== undefined && { goals: standingJson(goals) }),
  };
}

/** Exit code of a finished run; a signal's code wins. */
export function exitCodeOf(
  { reason, unwritten, failed, best }: RunSummary,
  signalCode: number | undefined,
): number {
  if (signalCode !== undefined) return signalCode;
  // Without a signal: whoever rates the images had enough.
  if (reason.kind === 'halted') return EXIT.interrupted;
  // Done, and nothing came of it.
  if (unwritten.length > 0 || (failed > 0 && best === undefined)) return EXIT.failed;
  return reason.kind === 'goal' ? EXIT.ok : EXIT.failed;
}

/** All weights by name, six to a line, fewer of long names or on a narrow terminal. @param stdout where they are printed */
export function weightLines(weights: BlockWeights, { isTTY, columns }: CliOutput): string[] {
  const parameters = parametersIn(weights);
  // Where LoRAs alone are searched, no block says anything.
  const shown = isModelA(weights) && Object.keys(parameters).length > 0 ? parameters : weights;
  const cells = Object.entries(shown).map(([name, value]) => `${name} ${valueText(name, value)}`);
  const width = Math.max(0, ...cells.map((cell) => cell.length)) + 2;
  const room = isTTY === true ? Math.min(WEIGHTS_WIDTH, columnsOf({ columns })) : WEIGHTS_WIDTH;
  const each = Math.max(1, Math.min(6, Math.floor(room / width)));
  const rows: string[] = [];
  for (let i = 0; i < cells.length; i += each) {
    rows.push(
      `  ${cells
        .slice(i, i + each)
        .map((cell) => cell.padEnd(width))
        .join('')
        .trimEnd()}`,
    );
  }
  return rows;
}

function valueText(name: string, value: number): string {
  return (isParameterName(name) ? choiceOf(name, value) : undefined) ?? String(Number(value.toFixed(4)));
}

/** Columns: six of a UNet's blocks. */
const WEIGHTS_WIDTH = 120;
