import { usageError, type AutombwError } from '../shared/errors.ts';

/** Letters of one template, and of one prompt drawn from it. */
export const MAX_TEMPLATE_LENGTH = 200_000;
const MAX_PROMPT_LENGTH = 1_000_000;
/** Brackets inside brackets in one template. */
export const MAX_NESTING = 100;
/** Choices inside choices while drawing: through wildcards and variables it goes deeper than in one template. */
export const MAX_DEPTH = 400;
/** Options taken at once by a combinatorial or cyclical `{n$$…}`. */
export const MAX_TAKEN = 200;
/** One list of a jinja2 template: a range, all permutations, all results of a wildcard. */
export const MAX_LIST = 100_000;

/** What one drawing may cost, so that a template that somebody shares cannot keep a search busy for ever. */
export interface Budget {
  /** For messages: what is drawn. */
  readonly place: string;
  /** @throws usage error `prompt-limit` when everything is spent */
  spend(steps: number): void;
}

export function createBudget(prompts: number, place: string): Budget {
  let left = 2_000_000 + 20_000 * prompts;
  return {
    place,
    spend: (steps) => {
      left -= steps;
      if (left >= 0) return;
      throw limitError(
        `${place}: drawing the prompts takes too many steps; simplify the template, or ask for fewer prompts.`,
      );
    },
  };
}

/** Counts the letters too: copying them is the work. @throws usage error `prompt-limit` for too long a prompt */
export function checkLength(text: string, budget: Budget): string {
  budget.spend(1 + text.length / 500);
  if (text.length <= MAX_PROMPT_LENGTH) return text;
  throw limitError(
    `${budget.place}: a prompt would have more than ${MAX_PROMPT_LENGTH} characters; shorten the template or its wildcards.`,
  );
}

export function limitError(sentence: string): AutombwError {
  return usageError('prompt-limit', sentence);
}
