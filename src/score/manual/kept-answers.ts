/**
 * What is typed in the terminal stands beside the journal at once, as answers on the page do: they count only when no other image
 * waits, and a run that is killed before that must not ask for them again.
 */
import { AnswerBook, type Opinion } from '../../journal/answer-book.ts';
import { answersFile, appendAnswer, parseAnswerLine, type Said } from '../../journal/rating-files.ts';
import { LineFollower } from '../../shared/files/follow-lines.ts';

export class KeptAnswers {
  readonly #journal: string;
  readonly #book = new AnswerBook();

  private constructor(journal: string) {
    this.#journal = journal;
  }

  /** With what earlier processes of the run were told. @throws FileRefused; an error with `errno` of the system */
  static async of(journal: string): Promise<KeptAnswers> {
    const kept = new KeptAnswers(journal);
    const { lines } = await new LineFollower(answersFile(journal)).read();
    for (const text of lines) {
      const line = parseAnswerLine(text);
      if (line !== undefined) kept.#book.note(line);
    }
    return kept;
  }

  /** Whoever said it: one answer is enough. */
  recall(question: string): Opinion | undefined {
    const [opinion] = this.#book.of(question).values();
    return opinion;
  }

  /** @throws run error `rating-write` */
  keep(question: string, said: Said): void {
    appendAnswer(this.#journal, { question, by: '', said });
    this.#book.note({ id: '', time: '', question, by: '', said });
  }
}
