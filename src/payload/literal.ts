/** Templates that nobody draws from: sent as they stand, the same words in every image. */
import { templateParts, type TemplateKind } from '../prompts/index.ts';

const READ_AS = ['random', 'combinatorial', 'cyclical', 'jinja2'] as const satisfies readonly TemplateKind[];

/** @returns sentences about the prompts of one payload */
export function literalWarnings(given: Readonly<Record<string, unknown>>): string[] {
  const type = given['wildcard_type'];
  const kind = READ_AS.find((one) => one === type);
  const first = PROMPTS.flatMap((key) => {
    // Somebody who writes "none" means it.
    if (type !== undefined && kind !== 'jinja2') return [];
    const { choices, jinja } = templateParts(textOf(given[key]));
    if (kind === 'jinja2') return jinja.length === 0 && choices.length > 0 ? [[key, choices] as const] : [];
    return [...choices, ...jinja].length > 0 ? [[key, [...choices, ...jinja]] as const] : [];
  });
  const advice =
    kind === 'jinja2'
      ? 'jinja2 has {{ … }} and {% … %}; choose another "wildcard_type" to expand it'
      : 'to expand it, set "wildcard_type" (random, combinatorial, cyclical or jinja2), or "none" if it is meant literally';
  return [
    ...foreignJinja(given, kind),
    ...first.map(([key, parts]) => `"${key}" is sent literally, with ${named(parts)}: ${advice}.`),
    ...HIRES_PROMPTS.flatMap((key) => {
      const { choices } = templateParts(textOf(given[key]));
      return choices.length === 0
        ? []
        : [
            `"${key}" is sent literally, with ${named(choices)}: only prompt and negative_prompt are expanded.`,
          ];
    }),
  ];
}

/** Braces of jinja2 where choices are read: they would be drawn as choices of one. */
function foreignJinja(given: Readonly<Record<string, unknown>>, kind: TemplateKind | undefined): string[] {
  if (kind === undefined || kind === 'jinja2') return [];
  return PROMPTS.flatMap((key) => {
    const { jinja } = templateParts(textOf(given[key]));
    if (jinja.length === 0) return [];
    return [
      `"${key}" has ${named(jinja)}, which only "wildcard_type" jinja2 understands: with ${kind} their braces are read as choices.`,
    ];
  });
}

const PROMPTS = ['prompt', 'negative_prompt'] as const;
const HIRES_PROMPTS = ['hr_prompt', 'hr_negative_prompt'] as const;
const MOST_NAMED = 3;

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function named(parts: readonly string[]): string {
  const short = [...new Set(parts)].map((part) => (part.length > 40 ? `${part.slice(0, 39)}…` : part));
  const more = short.length > MOST_NAMED ? ` and ${short.length - MOST_NAMED} more` : '';
  return `${short.slice(0, MOST_NAMED).join(', ')}${more}`;
}
