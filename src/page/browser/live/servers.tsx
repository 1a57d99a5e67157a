/** The WebUIs of a run, and what each of them does. */
import type { PageServer } from '../../state.ts';
import { duration } from '../../../shared/duration.ts';
import { timeText } from '../words.ts';

const WORDS: Readonly<Record<PageServer['state'], string>> = {
  idle: 'idle',
  merging: 'merging',
  drawing: 'drawing',
  waiting: 'waiting',
  down: 'down',
};

export function Servers({ servers }: { readonly servers: readonly PageServer[] }) {
  return (
    <ul class="servers">
      {servers.map(({ name, address, state, sentence, since, images, secondsPerImage = null }) => (
        <li key={`${name} ${address}`}>
          <b>{name}</b> <span class={`state ${state}`}>{WORDS[state]}</span> {sentence}{' '}
          <small>
            {address}
            {since !== null && ` · since ${timeText(since)}`}
            {images !== undefined && ` · ${images === 1 ? '1 image' : `${images} images`}`}
            {secondsPerImage !== null && ` · ${duration(secondsPerImage)} per image`}
          </small>
        </li>
      ))}
    </ul>
  );
}
