import type { Source } from '../grammar/ast.ts';

/** One line of a text file, or one entry of a list in a JSON or YAML file. */
export interface WildcardValue {
  readonly source: Source;
  /** 1 unless the file gives another; not negative. */
  readonly weight: number;
}

/** What the names between double underscores stand for. */
export interface Wildcards {
  /** All names, in order. */
  readonly names: readonly string[];
  /** One sentence for each file that could not be read; its names are missing. */
  readonly problems: readonly string[];
  /** What was odd in the files that were used, a sentence each: what was left out, or is read in another way than it looks. Each once. */
  takeWarnings(): readonly string[];
  /**
   * The values of all wildcards whose names match, each once, in the order of their letters; at least one.
   * @param pattern with `*`, `?`, `[abc]`; all of them match across `/`
   * @param where place of the use, for messages
   * @throws usage errors `wildcard-unknown`, `wildcard-none`, `wildcard-recursion`, `wildcard-file`
   */
  find(pattern: string, where: string): readonly WildcardValue[];
}
