/** The run's side of the two files: it puts questions, and hears what people have said of them. */
import { AnswerBook } from '../../../journal/answer-book.ts';
import {
  answersFile,
  appendQuestions,
  parseAnswerLine,
  parseQuestionLine,
  questionPictures,
  questionsFile,
  type PictureOf,
  type Question,
  type QuestionLine,
} from '../../../journal/rating-files.ts';
import { LineFollower } from '../../../shared/files/follow-lines.ts';
import { PictureFolder } from './picture-folder.ts';
import type { AskedBefore, Opinions, PageWay } from './page-way.ts';

export class RatingDesk {
  readonly pictures: PictureFolder;
  readonly #journal: string;
  readonly #answers: LineFollower;
  readonly #book = new AnswerBook();
  /** What earlier processes of the run have asked, by the picture. */
  readonly #before = new Map<string, Question>();
  #behind = 0;

  constructor(journal: string) {
    this.#journal = journal;
    this.#answers = new LineFollower(answersFile(journal));
    this.pictures = new PictureFolder(questionPictures(journal));
  }

  /** Before the first question. @throws run error `rating-write`; an error with `errno` of the system */
  async begin({ ask }: Pick<PageWay, 'ask'>, people: number): Promise<void> {
    const { lines } = await new LineFollower(questionsFile(this.#journal)).read();
    for (const text of lines) {
      const line = parseQuestionLine(text);
      if (line?.line !== 'question') continue;
      const { line: _, ...question } = line;
      this.#before.set(keyOf(question.about), question);
    }
    await this.listen();
    this.#write([{ line: 'begin', time: new Date().toISOString(), ask, people }]);
  }

  /** What was asked of the same picture before this process. */
  before(about: PictureOf): AskedBefore | undefined {
    const question = this.#before.get(keyOf(about));
    return question && { question, isAnswered: this.opinionsOn(question).size > 0 };
  }

  /** @throws run error `rating-write` */
  put(question: Question): void {
    this.#write([{ line: 'question', ...question }]);
  }

  /** Pictures that wait without a question. @throws run error `rating-write` */
  tellBehind(pictures: number): void {
    if (pictures === this.#behind) return;
    this.#behind = pictures;
    this.#write([{ line: 'behind', pictures }]);
  }

  /** @throws run error `rating-write` */
  count(questions: readonly Question[]): void {
    if (questions.length > 0) this.#write([{ line: 'counted', ids: questions.map(({ id }) => id) }]);
  }

  /** @returns whether anybody has said something new */
  async listen(): Promise<boolean> {
    const { isAnew, lines } = await this.#answers.read();
    if (isAnew) this.#book.clear();
    for (const text of lines) {
      const line = parseAnswerLine(text);
      if (line !== undefined) this.#book.note(line);
    }
    return isAnew || lines.length > 0;
  }

  opinionsOn({ id }: Pick<Question, 'id'>): Opinions {
    return this.#book.of(id);
  }

  #write(lines: readonly QuestionLine[]): void {
    appendQuestions(this.#journal, lines);
  }
}

function keyOf({ trial, request, index, pixels }: PictureOf): string {
  return JSON.stringify([trial, request, index, pixels]);
}
