/** Where the images of a queue get their scores. */
import { usageError } from '../shared/errors.ts';

/** They need nothing but the image. */
const AT_WORKER = new Set(['quality', 'niqe', 'brisque']);

export interface Judged {
  readonly scorer: readonly string[];
  readonly calibration?: string | undefined;
  readonly scoreAt?: 'worker' | 'coordinator' | undefined;
}

/** @throws usage error `config-invalid` where a person is asked, or a file of this machine is needed, elsewhere */
export function scorePlace({ scorer, calibration, scoreAt }: Judged): 'worker' | 'coordinator' {
  const ids = scorer.map((text) => text.split('=')[0] ?? '');
  if (scoreAt === 'worker') {
    if (ids.includes('manual') || calibration !== undefined)
      throw usageError(
        'config-invalid',
        `--score-at worker: ${ids.includes('manual') ? 'people are asked on the machine of the search' : 'the --calibration file is on this machine'}; leave out --score-at.`,
      );
    return scoreAt;
  }
  if (scoreAt !== undefined) return scoreAt;
  return calibration === undefined && ids.every((id) => AT_WORKER.has(id)) ? 'worker' : 'coordinator';
}
