/** What people have said of every question, out of the lines of answers: the last word of each person. */
import type { AnswerLine, Said } from './rating-files.ts';

export type Opinion = Exclude<Said, { undo: true }>;

export class AnswerBook {
  /** By question and person, in the order of their answers. */
  #said = new Map<string, Map<string, Opinion>>();
  /** Questions by person, in the order in which they were answered. */
  #order = new Map<string, string[]>();

  note({ question, by, said }: AnswerLine): void {
    const of = this.#said.get(question) ?? new Map<string, Opinion>();
    this.#said.set(question, of);
    of.delete(by);
    const order = (this.#order.get(by) ?? []).filter((id) => id !== question);
    this.#order.set(by, order);
    if ('undo' in said) return;
    of.set(by, said);
    order.push(question);
  }

  /** By person. */
  of(question: string): ReadonlyMap<string, Opinion> {
    return this.#said.get(question) ?? new Map();
  }

  /** Questions that a person has answered, the latest last. */
  answeredBy(by: string): readonly string[] {
    return this.#order.get(by) ?? [];
  }

  clear(): void {
    this.#said = new Map();
    this.#order = new Map();
  }
}
