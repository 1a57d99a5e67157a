/** Sentences that stand alone, behind the beginning of another one. */

/** Words that sentences of ours begin with, and that are no names. */
const OPENING =
  /^(?:A(?! and\b)|An|Another|Asked|Block|Cannot|Choose|Give|It|Iteration|Line|Merge|Model|No|Nobody|None|Nothing|Number|Payload|Pass|Scorer|Somebody|Something|The|There|This|Unknown|With|You)(?= )/;

/** As it goes on behind a colon: `The merge could not be undone: nothing answers at …`. What begins with a name stays as it is. */
export function afterColon(sentence: string): string {
  return sentence.replace(OPENING, (word) => word.toLowerCase());
}
