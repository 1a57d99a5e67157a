/** What the command line needs to know beyond the type; kept in the JSON Schema under the same names. */
export interface OptionMeta {
  readonly description: string;
  /** Placeholder of the value in the help. */
  readonly value?: string;
  /** Another name of the same flag, without its dashes. */
  readonly alias?: string;
  /** Help line of the flag `--no-…`: of what is on unless it is given, or, of a number, the flag that stands for 0. */
  readonly off?: string;
  /** Environment variable that is read when neither flag nor file has it. */
  readonly env?: string;
  /** Never written to the journal, the log or the plan. */
  readonly secret?: boolean;
  /** Heading in the help. */
  readonly group: string;
}

/** For zod's `.meta`: the facts of one option below a heading of the help. */
export function optionsOf(
  group: string,
): (fields: Omit<OptionMeta, 'group'>) => OptionMeta & Record<string, unknown> {
  return (fields) => ({ group, ...fields });
}
