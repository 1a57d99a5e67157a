import { usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';

const TEMPLATE_KINDS = ['random', 'combinatorial', 'cyclical', 'jinja2'] as const;

export type TemplateKind = (typeof TEMPLATE_KINDS)[number];

/**
 * The kind of that name.
 * @throws usage error `prompt-kind`, also for `lucky`
 */
export function readTemplateKind(name: string, place: string): TemplateKind {
  const kind = TEMPLATE_KINDS.find((known) => known === name);
  if (kind !== undefined) return kind;
  if (name === 'lucky') {
    throw usageError(
      'prompt-kind',
      `${place}: templates of type "lucky" fetch prompts from a website, which autombw does not do; use ${TEMPLATE_KINDS.join(', ')}.`,
    );
  }
  throw usageError(
    'prompt-kind',
    `${place}: there is no template type "${name}"; use ${TEMPLATE_KINDS.join(', ')}.${didYouMean(name, TEMPLATE_KINDS)}`,
  );
}
