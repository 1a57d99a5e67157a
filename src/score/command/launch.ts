import { launchOf as launch, type Launch, type Machine } from '../../shared/process/launch.ts';
import { asScorerFault } from './split-words.ts';

/** How the command of a scorer is started. @throws usage error `scorer-command`, as the shared one says */
export function launchOf(words: readonly string[], machine?: Machine): Launch {
  return asScorerFault(() => launch(words, machine));
}
