import { cautionsOf } from '../../../../judging/cautions.ts';
import { scoreText } from '../../../../shared/score-text.ts';
import { EXIT, type CommandContext } from '../../../cli-process.ts';
import { canDrawBlocks } from '../weight-strip.ts';
import {
  blockDifferences,
  payloadDifferences,
  type BlockDifference,
  type PayloadDifference,
} from './differences.ts';
import { readSide, type Side } from './side.ts';
import { counted } from '../../../../shared/counted.ts';

export interface CompareOptions {
  readonly folder: string;
  readonly json?: boolean;
}

/** Refuses nothing; what makes a difference mean little is said on stderr. */
export async function compareCommand(
  context: CommandContext,
  runs: readonly [string, string],
  { folder, json }: CompareOptions,
): Promise<number> {
  const first = await readSide(runs[0], folder);
  const second = await readSide(runs[1], folder);
  const blocks = blockDifferences(first.weights, second.weights);
  const payloads = payloadDifferences(first.images, second.images);
  const cautions = cautionsOf(first, second);
  if (json === true) {
    const difference = scoreDifference(first, second);
    context.printJson({ runs: [factsOf(first), factsOf(second)], difference, blocks, payloads, cautions });
    return EXIT.ok;
  }
  const { stdout } = context.process;
  const width = Math.max(40, Math.min(stdout.columns ?? 80, 120));
  const bar = canDrawBlocks(context.process) ? '█' : '#';
  context.print(
    [
      ...sideLines('1', first),
      ...sideLines('2', second),
      '',
      scoreLine(first, second),
      '',
      ...blockLines(blocks, width, bar),
      '',
      ...payloadLines(payloads),
    ].join('\n'),
  );
  for (const caution of cautions) context.note(`! ${caution}`);
  return EXIT.ok;
}

function factsOf({ file, weights, origin, best }: Side): Record<string, unknown> {
  return { file, weightsFrom: origin, weights, best: best ?? null };
}

function sideLines(label: string, { file, origin }: Side): string[] {
  return [`${label}  ${file}`, `   weights from ${origin}`];
}

function scoreDifference(first: Side, second: Side): number | null {
  if (first.best === undefined || second.best === undefined) return null;
  return second.best.score - first.best.score;
}

function scoreLine(first: Side, second: Side): string {
  const difference = scoreDifference(first, second);
  const [a, b] = [first, second].map(({ best }) => (best === undefined ? 'none' : scoreText(best.score)));
  return `Best score  ${a}  ${b}${difference === null ? '' : `  ${signed(difference)}`}`;
}

function blockLines(blocks: readonly BlockDifference[], width: number, bar: string): string[] {
  if (blocks.length === 0) return ['The weights are the same in every block.'];
  const largest = Math.max(...blocks.map(({ difference }) => Math.abs(difference ?? 0)));
  const widest = Math.max(...blocks.map(({ block }) => block.length + 1), 11);
  const room = width - 29 - widest;
  const lines = blocks.map(({ block, first, second, difference }) => {
    const length = difference === null ? 0 : Math.round((Math.abs(difference) / (largest || 1)) * room);
    const numbers = [first, second].map((weight) => weightText(weight).padStart(8)).join('');
    return `${block.padEnd(widest)}${numbers}${(difference === null ? '' : signed(difference)).padStart(10)}  ${bar.repeat(length)}`.trimEnd();
  });
  return [counted(blocks.length, 'block differs', 'blocks differ'), ...lines];
}

function payloadLines(payloads: readonly PayloadDifference[]): string[] {
  if (payloads.length === 0) return ['There are no recorded images to compare payload by payload.'];
  const name = Math.max(7, ...payloads.map(({ payload }) => payload.length));
  const cell = (value: number | null, text: (value: number) => string): string =>
    (value === null ? '-' : text(value)).padStart(11);
  return [
    `${'Payload'.padEnd(name)}${'1'.padStart(11)}${'2'.padStart(11)}${'difference'.padStart(12)}  same request and seed`,
    ...payloads.map(({ payload, first, second, difference, paired }) => {
      const pairs =
        paired === null ? 'none' : `${signed(paired.difference)} over ${counted(paired.pictures, 'image')}`;
      return `${payload.padEnd(name)}${cell(first, scoreText)}${cell(second, scoreText)} ${cell(difference, signed)}  ${pairs}`;
    }),
  ];
}

function weightText(weight: number | null): string {
  return weight === null ? '-' : String(Number(weight.toFixed(4)));
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${scoreText(Math.abs(value))}`;
}
