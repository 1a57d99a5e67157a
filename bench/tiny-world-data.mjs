/** What tiny-world.mjs keeps in a file: merges with the score of every image, and searches that counted images. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { mean } from './statistics.mjs';

/** Evaluations and searches of earlier runs stay unless this run repeats them: the best known only grows. */
export class TinyWorldData {
  evaluations = [];
  searches = [];
  #file;
  #prompts;

  constructor(file, prompts) {
    this.#file = file;
    this.#prompts = prompts;
  }

  allEvaluations() {
    return keep(this.#kept().evaluations, this.evaluations, ({ optimizer, seed }) => `${optimizer}|${seed}`);
  }

  allSearches() {
    return keep(
      this.#kept().searches,
      this.searches,
      ({ imagesPerTrial, seed }) => `${imagesPerTrial}|${seed}`,
    );
  }

  /** Highest score of a merge with all images. */
  bestOf(seed) {
    return Math.max(
      ...this.allEvaluations()
        .filter((entry) => entry.seed === seed && !entry.scores.includes(null))
        .map(({ scores }) => mean(scores)),
    );
  }

  /** Scores of the images of a seed that are known, null for the others, by the merge's weights. */
  imagesOf(seed) {
    const known = new Map();
    for (const { weights, scores } of this.allEvaluations().filter((entry) => entry.seed === seed)) {
      const key = weights.join(' ');
      known.set(
        key,
        scores.map((score, place) => score ?? known.get(key)?.[place] ?? null),
      );
    }
    return known;
  }

  save() {
    const [evaluations, searches] = [this.allEvaluations(), this.allSearches()];
    const data = {
      prompts: this.#prompts,
      firstSeeds: 'seed * 1000 + 1',
      weights: 'tenths, in search order',
      handed: 'images spent, and the score with all images of the merge that would be handed out then',
      searches: [],
      evaluations: [],
    };
    mkdirSync(path.dirname(this.#file), { recursive: true });
    const text = JSON.stringify(data, null, 2)
      .replace('"searches": []', `"searches": ${listed(searches)}`)
      .replace('"evaluations": []', `"evaluations": ${listed(evaluations)}`);
    writeFileSync(this.#file, `${text}\n`);
    console.log(`\n${evaluations.length} merges of ${this.#prompts.length} images in ${this.#file}`);
  }

  #kept() {
    const kept = existsSync(this.#file) ? JSON.parse(readFileSync(this.#file, 'utf8')) : {};
    return { evaluations: kept.evaluations ?? [], searches: kept.searches ?? [] };
  }
}

function keep(earlier, own, keyOf) {
  const again = new Set(own.map(keyOf));
  return [...earlier.filter((entry) => !again.has(keyOf(entry))), ...own];
}

/** An entry a line. */
function listed(entries) {
  return `[\n${entries.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n')}\n  ]`;
}
