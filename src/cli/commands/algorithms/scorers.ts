/** What can judge images, what each needs, and where its weights come from. */
import { describeScorers, type ScorerDescription } from '../../../score/index.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';

export function scorersCommand(context: CommandContext, { json }: { readonly json?: boolean }): number {
  const scorers = describeScorers();
  if (json === true) context.printJson(scorers);
  else context.print(scorers.map(describe).join('\n'));
  return EXIT.ok;
}

function describe({
  id,
  summary,
  needs,
  licence,
  source,
  options,
  judging,
  traits,
}: ScorerDescription): string {
  return [
    `${id}: ${summary}`,
    ...(judging === undefined
      ? []
      : [`    ${judging.does}${judging.kind === 'judges' ? '' : '; it does not judge taste'}`]),
    `    needs ${needs}; licence ${licence}`,
    ...(source === undefined ? [] : [`    weights: ${source}`]),
    ...(traits === undefined ? [] : [`    ${traitsText(traits)}`]),
    ...(options.length === 0 ? [] : [`    settings: ${options.join(', ')}`]),
  ].join('\n');
}

function traitsText({
  range,
  higherIsBetter,
  needsPrompt,
}: NonNullable<ScorerDescription['traits']>): string {
  const { min, max } = range;
  const text = `${min ?? 'any'} to ${max ?? 'any'}, ${higherIsBetter ? 'high' : 'low'} is good`;
  return needsPrompt ? `${text}, looks at the prompt` : text;
}
