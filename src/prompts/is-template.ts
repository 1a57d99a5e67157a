import type { TemplateKind } from './kinds.ts';

/** Whether the text holds anything that drawing would change: choices, wildcards, variables or comments. */
export function isTemplate(text: string, kind?: TemplateKind): boolean {
  if (kind === 'jinja2') return /\{[{%#]/.test(text);
  return /[{#]|__|^[ \t\r\n]*\/[/*]/.test(text);
}
