/** One line of `autombw doctor`. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** Not set up, and nobody has to: neither a fault nor ready. */
  readonly isUnused?: boolean;
  /** What was found, or what is wrong and how to fix it. */
  readonly detail: string;
}
