/** Who is asked. Tests bring answers of their own. */
import { systemTerminal } from '../../../../score/manual/terminal.ts';
import { canRedraw } from '../../../../shared/terminal/abilities.ts';
import { printable } from '../../../../shared/printable.ts';

interface TextQuestion {
  readonly label: string;
  /** Taken for an empty answer. */
  readonly standard?: string;
  /** What is wrong with an answer; undefined when nothing is. */
  readonly check: (text: string) => string | undefined;
}

interface ChoiceQuestion {
  readonly label: string;
  readonly choices: readonly string[];
  readonly standard?: string;
}

export interface Asker {
  text(question: TextQuestion): Promise<string>;
  choose(question: ChoiceQuestion): Promise<string>;
  confirm(question: { readonly label: string; readonly standard: boolean }): Promise<boolean>;
}

/** Ctrl-C or Escape at a question. */
export class Cancelled extends Error {
  override readonly name: string = 'Cancelled';
}

/** More choices than that are searched by typing. */
const MANY = 12;

/** The person at this terminal; undefined when there is none, or one that cannot redraw a question. Questions go to standard error. */
export function terminalAsker(): Asker | undefined {
  const { input, output, env } = systemTerminal();
  if (input.isTTY !== true || !canRedraw(output, env)) return undefined;
  const streams = { input: process.stdin, output: process.stderr };
  return {
    text: async ({ label: message, standard, check }) => {
      const { text } = await import('@clack/prompts');
      const hint = standard === undefined ? {} : { placeholder: standard, defaultValue: standard };
      const validate = (value: string | undefined): string | undefined => check(value || (standard ?? ''));
      return answered(await text({ message, validate, ...hint, ...streams })) || (standard ?? '');
    },
    choose: async ({ label: message, choices, standard }) => {
      const { autocomplete, select } = await import('@clack/prompts');
      const options = choices.map((value) => ({ value, label: printable(value) }));
      const initial = standard === undefined ? {} : { initialValue: standard };
      const ask = choices.length > MANY ? autocomplete : select;
      return answered(await ask({ message, options, maxItems: MANY, ...initial, ...streams }));
    },
    confirm: async ({ label: message, standard: initialValue }) => {
      const { confirm } = await import('@clack/prompts');
      const answer = await confirm({ message, initialValue, ...streams });
      return answered(typeof answer === 'boolean' ? String(answer) : answer) === 'true';
    },
  };
}

function answered(answer: string | symbol): string {
  if (typeof answer === 'symbol') throw new Cancelled('the questions were cancelled');
  return answer;
}
