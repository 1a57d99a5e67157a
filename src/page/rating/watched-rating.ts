/** What people are asked for a run, and what they have said: its two files, followed for as long as anybody looks. */
import path from 'node:path';
import { keptImage } from '../../images/kept-image.ts';
import { AnswerBook } from '../../journal/answer-book.ts';
import {
  answersFile,
  appendAnswer,
  parseAnswerLine,
  parseQuestionLine,
  questionPictures,
  questionsFile,
  type Question,
  type QuestionLine,
  type Said,
} from '../../journal/rating-files.ts';
import { LineFollower } from '../../shared/files/follow-lines.ts';
import type { PageAgreement, PageRating } from './state.ts';

type Begin = Extract<QuestionLine, { line: 'begin' }>;

/** Questions that are sent at once: one to answer, and some to load. */
const MOST_SENT = 8;
/** Answers that can be taken back at once. */
const MOST_UNDO = 50;

export class WatchedRating {
  readonly #journal: string;
  readonly #questions: LineFollower;
  readonly #answers: LineFollower;
  readonly #book = new AnswerBook();
  #begin: Begin | undefined;
  /** In the order in which they were asked. */
  #open = new Map<string, Question>();
  #behind = 0;
  #latest: Question | undefined;
  #reading: Promise<void> | undefined;

  constructor(journal: string) {
    this.#journal = journal;
    this.#questions = new LineFollower(questionsFile(journal));
    this.#answers = new LineFollower(answersFile(journal));
  }

  /**
   * What a person sees; null where nobody is asked anything.
   * @throws FileRefused, or an error with `errno`
   */
  async state(by: string, agreement: PageAgreement | null): Promise<PageRating | null> {
    await this.#read();
    if (this.#begin === undefined) return null;
    const { ask, people } = this.#begin;
    const open = [...this.#open.values()];
    const mine = open.filter((question) => this.#isFor(question, by));
    const batch = this.#latest?.batch;
    return {
      ask,
      people,
      questions: mine.slice(0, MOST_SENT).map(({ id, against, payload, seed, prompt }) => ({
        id,
        kind: against === null ? 'rating' : 'pair',
        isAlone: ask === 'pairs' && against === null,
        payload,
        seed,
        prompt,
      })),
      waiting: mine.length + this.#behind,
      toCome: batch == null ? 0 : Math.max(0, batch.of - batch.nth - this.#behind),
      forOthers: open.filter(({ id }) => this.#book.of(id).has(by) && this.#book.of(id).size < people).length,
      undo: this.#book
        .answeredBy(by)
        .filter((id) => this.#open.has(id))
        .slice(-MOST_UNDO),
      agreement,
    };
  }

  /**
   * Keeps what a person says.
   * @returns why not, as a sentence; undefined when it is kept
   * @throws run error `rating-write`; as {@link state}
   */
  async say(id: string, by: string, said: Said): Promise<string | undefined> {
    await this.#read();
    const question = this.#open.get(id);
    if (question === undefined || this.#begin === undefined)
      return 'undo' in said
        ? 'Your last answer has already been counted and can no longer be undone.'
        : 'This question is no longer open.';
    const given = this.#book.of(id);
    if ('undo' in said) {
      if (!given.has(by)) return 'There is nothing to undo.';
    } else {
      if (by === '' && this.#begin.people > 1) return 'Enter a name first: several people are rating.';
      if ('rating' in said !== (question.against === null) && !('skip' in said))
        return 'This is a different question by now.';
      if (!given.has(by) && !this.#isFor(question, by)) return 'Somebody else has answered this question.';
    }
    appendAnswer(this.#journal, { question: id, by, said });
    await this.#read();
    return undefined;
  }

  /** The file of the first (0) or second (1) picture of an open question; undefined where there is none. */
  async picture(id: string, side: 0 | 1): Promise<string | undefined> {
    await this.#read();
    const question = this.#open.get(id);
    if (question === undefined) return undefined;
    const { about, against, isNewFirst } = question;
    const shown = against === null || isNewFirst ? [about, against] : [against, about];
    const picture = shown[side];
    return picture == null
      ? undefined
      : keptImage(path.resolve(questionPictures(this.#journal)), picture.pixels);
  }

  /** Still to be answered by this person. Where one answer is enough, the first one to give it spares the others. */
  #isFor({ id }: Question, by: string): boolean {
    const given = this.#book.of(id);
    return this.#begin?.people === 1 ? given.size === 0 : !given.has(by);
  }

  /** One at a time: who asks meanwhile waits for the next one, which sees what was written before. */
  async #read(): Promise<void> {
    const before = this.#reading ?? Promise.resolve();
    const reading = before.then(async () => this.#readOn());
    this.#reading = reading.catch(() => undefined);
    await reading;
  }

  async #readOn(): Promise<void> {
    const answers = await this.#answers.read();
    if (answers.isAnew) this.#book.clear();
    for (const text of answers.lines) {
      const line = parseAnswerLine(text);
      if (line !== undefined) this.#book.note(line);
    }
    const { isAnew, lines } = await this.#questions.read();
    if (isAnew) this.#forget();
    for (const text of lines) {
      const line = parseQuestionLine(text);
      if (line !== undefined) this.#note(line);
    }
  }

  #note(line: QuestionLine): void {
    switch (line.line) {
      case 'begin':
        this.#forget();
        this.#begin = line;
        break;
      case 'question': {
        const { line: _, ...question } = line;
        this.#open.set(question.id, question);
        this.#latest = question;
        break;
      }
      case 'behind':
        this.#behind = line.pictures;
        break;
      case 'counted':
        for (const id of line.ids) this.#open.delete(id);
        break;
    }
  }

  #forget(): void {
    this.#begin = undefined;
    this.#open = new Map();
    this.#behind = 0;
    this.#latest = undefined;
  }
}
