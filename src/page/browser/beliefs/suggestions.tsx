/** What can be done about it, with what to type. */
import { useState } from 'preact/hooks';
import type { PageSuggestion } from '../../beliefs/state.ts';

export function Suggestions({ suggestions }: { readonly suggestions: readonly PageSuggestion[] }) {
  return (
    <>
      <p>What the model suggests, with the options to add to the command of this run.</p>
      <ul class="suggestions">
        {suggestions.map((suggestion) => (
          <li key={suggestion.sentence}>
            <Sentence text={suggestion.sentence} />
            {suggestion.option !== null && <Option text={suggestion.option} />}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Characters from which on a sentence that names half of the network is folded. */
const LONG = 260;

function Sentence({ text }: { readonly text: string }) {
  if (text.length <= LONG) return <p>{text}</p>;
  // Names come first, what is said of them last.
  const names = text.split(', ');
  const end = text.slice(text.search(/ (?:hardly|act) /));
  return (
    <details>
      <summary>
        {names.slice(0, 3).join(', ')} and others{end}
      </summary>
      <p>{text}</p>
    </details>
  );
}

function Option({ text }: { readonly text: string }) {
  const [told, setTold] = useState('');
  const canCopy = 'clipboard' in navigator && window.isSecureContext;
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setTold('Copied.');
    } catch {
      setTold('The browser blocked copying: select the text and copy it yourself.');
    }
  };
  return (
    <div class="option">
      <code tabIndex={0} role="group" aria-label="What to type">
        {text.split(/ (?=--)/).map((option, i) => (
          <>
            {i > 0 && ' '}
            <span>{option}</span>
          </>
        ))}
      </code>
      {canCopy && (
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
      )}
      <span role="status">{told}</span>
    </div>
  );
}
