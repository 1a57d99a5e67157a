/** Weights that somebody changed and has not sent yet, and what becomes of those that were sent. */
import type { PageQueued } from '../../state.ts';
import type { Change } from './draft.ts';
import { weightText } from './weight-words.ts';

interface TrayProps {
  readonly changes: readonly Change[];
  /** Number of the best; undefined while there is none. */
  readonly best: number | undefined;
  readonly told: string;
  readonly isSending: boolean;
  readonly queued: readonly PageQueued[];
  readonly onSend: () => void;
  readonly onDiscard: () => void;
}

/** More are counted. */
const MOST = 6;

export function DraftTray({ changes, best, told, isSending, queued, onSend, onDiscard }: TrayProps) {
  return (
    <div class={`tray${changes.length > 0 || told !== '' || queued.length > 0 ? '' : ' empty'}`}>
      {changes.length > 0 && (
        <>
          <p>
            <b>{changes.length === 1 ? '1 weight changed:' : `${changes.length} weights changed:`}</b>{' '}
            {changes.slice(0, MOST).map(({ name, from, to }, i) => (
              <span key={name}>
                {i > 0 && ', '}
                {name} {weightText(from)} → {weightText(to)}
              </span>
            ))}
            {changes.length > MOST && ` and ${changes.length - MOST} more`};{' '}
            {best === undefined ? 'the rest in the middle' : `the rest as in the best, #${best}`}.
          </p>
          <div class="beside">
            <button type="button" disabled={isSending} onClick={onSend}>
              Measure next
            </button>
            <button type="button" onClick={onDiscard}>
              Discard
            </button>
          </div>
        </>
      )}
      <p role="status">{told}</p>
      {queued.length > 0 && (
        <p>
          Waiting to be measured: {queued.length === 1 ? 'weights' : `${queued.length} sets of weights`} from{' '}
          {[...new Set(queued.map(({ by }) => by))].join(' and ')}.
        </p>
      )}
    </div>
  );
}
