/** Events to runs: which weights a score belongs to, and where one run ends and the next begins. */
import type { Recipe } from '../formats/recipe.ts';
import { bestIteration, sameWeights, wholeWeights } from './best.ts';
import { MAX_NOTES, RunDraft } from './run-draft.ts';
import type { LogEvent, Recovered, RecoveredRun } from './types.ts';

export class RunBuilder {
  readonly #runs: RecoveredRun[] = [];
  readonly #loose: string[] = [];
  /** Model names that the log printed for the merge in hand; further passes of it print no new ones. */
  #printed: RunDraft['models'] = {};
  #draft = new RunDraft(1);

  add(event: LogEvent): void {
    const { line } = event;
    switch (event.kind) {
      case 'start':
        this.#printed = {};
        if (this.#draft.hasSearch || this.#draft.recipe !== undefined) this.#next(line);
        break;
      case 'model':
        this.#printed[event.which] = event.value;
        this.#draft.models[event.which] = event.value;
        break;
      case 'saving':
        // The last pass of the merge in hand is over.
        this.#draft.models.O ??= event.modelO;
        this.#printed = {};
        break;
      case 'progress':
        this.#progress(event.optimizer, event.done, line);
        break;
      case 'weights':
        this.#weights(event);
        break;
      case 'weights-damaged':
        if (this.#draft.endBlock !== undefined) this.#next(line);
        this.#draft.abandon('other weights follow');
        this.#draft.damaged = true;
        this.#draft.note(line, `weights that cannot be read (${event.reason}); skipped`);
        break;
      case 'score':
        this.#score(event);
        break;
      case 'score-damaged':
        this.#draft.note(line, `a test score that cannot be read (${event.reason}); skipped`);
        this.#draft.abandon('its score cannot be read');
        break;
      case 'recipe':
        this.#recipe(event.recipe, line);
        break;
      case 'trial-added':
        this.#draft.extend(event.trial, event.score, event.images);
        break;
      case 'trial-asked':
      case 'trial-scored':
      case 'trial-failed':
      case 'settings':
        this.#ownFile(event);
        break;
      case 'note':
        this.#draft.note(line, event.text);
        break;
      default:
        this.#endBlock(event);
    }
  }

  finish(): Recovered {
    this.#close();
    return { runs: this.#runs, notes: this.#loose };
  }

  #progress(optimizer: string, done: number | undefined, line: number): void {
    const draft = this.#draft;
    const searched = draft.iterations.length > 0 || draft.endBlock !== undefined;
    const restarted =
      done !== undefined && (done === 0 || (draft.endBlock === undefined && done < draft.done));
    if (searched && restarted) this.#next(line);
    this.#draft.optimizer ??= optimizer;
    this.#draft.done = done ?? this.#draft.done;
  }

  #weights(event: LogEvent & { kind: 'weights' }): void {
    if (this.#draft.endBlock !== undefined || this.#draft.format === 'json-lines') this.#next(event.line);
    this.#draft.abandon('other weights follow');
    this.#draft.damaged = false;
    this.#draft.pending = { weights: event.weights, line: event.line, logged: event.logged };
  }

  #score({ score, logged, line }: LogEvent & { kind: 'score' }): void {
    const draft = this.#draft;
    const { pending } = draft;
    if (pending === undefined) {
      const why = draft.damaged ? 'belongs to weights that could not be read' : 'has no weights above it';
      draft.note(line, `the test score ${score} ${why}; skipped`);
      draft.damaged = false;
    } else if (pending.logged && !logged) {
      draft.note(line, `the test score ${score} is not the tool's own; skipped`);
    } else if (Number.isFinite(score)) {
      draft.iterations.push({ weights: pending.weights, score });
      draft.pending = undefined;
    } else {
      draft.note(line, `the test score is ${score}; the iteration counts as failed`);
      draft.abandon('its score is not a number');
    }
  }

  #recipe(recipe: Recipe, line: number): void {
    const draft = this.#draft;
    const found = draft.endBlock === undefined ? undefined : wholeWeights(draft.endBlock);
    const known = found ?? bestIteration(draft.iterations)?.weights;
    const fits = draft.recipe === undefined && known !== undefined && sameWeights(known, recipe.weights);
    if (!fits && (draft.hasSearch || draft.recipe !== undefined)) {
      this.#printed = {};
      this.#next(line);
    }
    this.#draft.recipe = recipe;
  }

  #endBlock(
    event: LogEvent & { kind: 'results' | 'best-score' | 'parameter' | 'parameters-end' | 'seed' | 'timing' },
  ): void {
    const { line } = event;
    const open = this.#draft.endBlock;
    if (event.kind === 'results' || (event.kind === 'best-score' && open?.score !== undefined)) {
      if (open !== undefined) this.#next(line);
      this.#draft.abandon('the search ended');
    }
    if (event.kind === 'results' || (event.kind === 'best-score' && this.#draft.endBlock === undefined)) {
      this.#draft.endBlock = { line, score: undefined, parameters: new Map(), closed: false };
    }
    const block = this.#draft.endBlock;
    if (block === undefined) return;
    if (event.kind === 'best-score') block.score = Number.isFinite(event.score) ? event.score : undefined;
    else if (event.kind === 'parameters-end') block.closed = true;
    else if (event.kind === 'seed') this.#draft.seed ??= event.seed;
    else if (event.kind === 'timing') this.#draft.timings[event.which] ??= event.seconds;
    else if (event.kind === 'parameter' && !block.closed) {
      const before = block.parameters.get(event.index);
      if (before === undefined) block.parameters.set(event.index, event.value);
      else if (before !== event.value) {
        this.#draft.note(
          line,
          `weight '${event.index}' appears twice in the end block, as ${before} and ${event.value}`,
        );
      }
    }
  }

  #ownFile(event: LogEvent & { kind: 'trial-asked' | 'trial-scored' | 'trial-failed' | 'settings' }): void {
    const { line } = event;
    // In a console log, a settings line is another program's.
    if (event.kind === 'settings' && this.#draft.hasSearch && this.#draft.format === 'console') return;
    const again = 'trial' in event && this.#draft.through.has(event.trial);
    if ((this.#draft.hasSearch && this.#draft.format === 'console') || again) this.#next(line);
    const draft = this.#draft;
    draft.format = 'json-lines';
    if (event.kind === 'settings') {
      draft.seed ??= event.seed;
      draft.optimizer ??= event.optimizer;
    } else if (event.kind === 'trial-asked') {
      draft.asked.set(event.trial, { weights: event.weights, line, logged: true });
    } else {
      const weights = event.weights ?? draft.asked.get(event.trial)?.weights;
      draft.asked.delete(event.trial);
      draft.through.add(event.trial);
      if (event.kind === 'trial-failed') {
        if (weights !== undefined) draft.unfinished.push(weights);
        draft.note(line, `trial ${event.trial} failed; it has no score`);
      } else if (weights === undefined) {
        draft.note(
          line,
          `the weights of trial ${event.trial} are missing; its score ${event.score} was skipped`,
        );
      } else {
        draft.scored.set(event.trial, { place: draft.iterations.length, images: event.images });
        draft.iterations.push({ weights, score: event.score });
      }
    }
  }

  #next(line: number): void {
    this.#close();
    this.#draft = new RunDraft(line);
    Object.assign(this.#draft.models, this.#printed);
  }

  /** Notes of a piece of the file in which there was no run; a file of rubbish has any number of them. */
  #keepLoose(notes: readonly string[]): void {
    for (const note of notes) if (this.#loose.length < MAX_NOTES) this.#loose.push(note);
  }

  #close(): void {
    const run = this.#draft.finish();
    if (run === undefined) this.#keepLoose(this.#draft.notes);
    else this.#runs.push(run);
  }
}
