import type { TemplateKind } from './kinds.ts';

/** Whether the text holds anything that drawing would change: choices, wildcards, variables or comments. */
export function isTemplate(text: string, kind?: TemplateKind): boolean {
  if (kind === 'jinja2') return /\{[{%#]/.test(text);
  return /[{#]|__|^[ \t\r\n]*\/[/*]/.test(text);
}

/** What of a text is written as templates are: `__colours__`, `{a|b}`, `${x=…}`; `{{ … }}` and `{% … %}`. */
export function templateParts(text: string): {
  readonly choices: readonly string[];
  readonly jinja: readonly string[];
} {
  // Names of LoRAs may have underscores of their own, and double braces without a call are emphasis elsewhere.
  const bare = text.slice(0, MOST_READ).replaceAll(/<[^<>]*>/g, ' ');
  return {
    choices:
      bare.match(
        /(?<!\w)__[~!@]?[\w*][^{}\n]{0,80}?__(?!\w)|\$\{\w+[=:][^{}]*\}|\{[^{}]*\|[^{}]*\}|\{\d*-?\d*\$\$[^{}]*\}/g,
      ) ?? [],
    jinja: bare.match(/\{\{\s*\w+\s*\([^{}]*\}\}|\{%[^{}%]+%\}/g) ?? [],
  };
}

const MOST_READ = 5_000;
