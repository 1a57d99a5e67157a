/** What people are asked on the page, as JSON: the words that server and browser share. No code, and nothing imported. */

/** One question: nothing of it says which picture is new, or which iteration it belongs to. */
export interface PageQuestion {
  readonly id: string;
  /** One picture is rated, or two are compared. */
  readonly kind: 'rating' | 'pair';
  /** Of pairs: the picture could not be compared with an earlier one, because none was kept. */
  readonly isAlone: boolean;
  readonly payload: string;
  readonly seed: number;
  readonly prompt: string;
}

export interface PagePerson {
  /** Empty for whoever gave no name. */
  readonly name: string;
  /** Answers that count. */
  readonly answers: number;
}

export interface PageAgreement {
  /** Krippendorff's alpha; null while there is too little to say. */
  readonly alpha: number | null;
  /** Pictures that more than one person has judged. */
  readonly images: number;
  readonly people: readonly PagePerson[];
}

/** What one person sees. */
export interface PageRating {
  readonly ask: 'ratings' | 'pairs';
  /** So many different people have to answer. */
  readonly people: number;
  /** In their order; the first one is to be answered, the next ones may be loaded. */
  readonly questions: readonly PageQuestion[];
  /** Pictures that wait for this person: the questions, and those that have none yet. */
  readonly waiting: number;
  /** Pictures that this iteration gets after these. */
  readonly toCome: number;
  /** Pictures that this person has answered, and that wait for other people. */
  readonly forOthers: number;
  /** Questions whose answer this person can take back, the latest last. */
  readonly undo: readonly string[];
  readonly agreement: PageAgreement | null;
}

/** `{ first }`: how much better the first picture is than the second, -2 to 2. */
export type PageSaid =
  | { readonly rating: number }
  | { readonly first: number }
  | { readonly skip: true }
  | { readonly undo: true };
