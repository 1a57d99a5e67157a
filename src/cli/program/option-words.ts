import type { Argument, Option } from 'commander';

/** What an option does and, behind it in brackets, its choices, its default and its environment variable. */
export function describeOption(option: Option): string {
  const takesValue = option.required || option.optional;
  return withFacts(option, takesValue ? option.defaultValue : undefined, option.envVar);
}

export function describeArgument(argument: Argument): string {
  return withFacts(argument, argument.defaultValue);
}

function withFacts(
  { description, argChoices, defaultValueDescription }: Option | Argument,
  defaultValue: unknown,
  envVar?: string,
): string {
  const standard = defaultValueDescription ?? plain(defaultValue);
  const facts = [
    ...(argChoices === undefined ? [] : [`choices: ${argChoices.join(', ')}`]),
    ...(standard === undefined ? [] : [`default: ${standard}`]),
    ...(envVar === undefined ? [] : [`env: ${envVar}`]),
  ];
  return facts.length === 0 ? description : `${description} (${facts.join('; ')})`;
}

/** Nothing of empty lists and objects, in which repeatable options are collected. */
function plain(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
