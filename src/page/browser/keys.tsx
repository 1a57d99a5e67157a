/** The keys of the page, as a list that "?" opens. */
import { useEffect, useRef } from 'preact/hooks';
import type { ViewKey } from './view.ts';

const EVERYWHERE: readonly ViewKey[] = [
  { keys: 'Tab', does: 'moves to the next control; Shift Tab moves back' },
  { keys: '?', does: 'opens this list; Escape closes it' },
];

interface KeysProps {
  /** Of the view. */
  readonly title: string;
  readonly keys: readonly ViewKey[];
}

export function Keys({ title, keys }: KeysProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = (): void => {
    if (dialog.current?.open === false) dialog.current.showModal();
  };
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== '?' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      event.preventDefault();
      open();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
  return (
    <>
      <button type="button" class="link keys" aria-haspopup="dialog" onClick={open}>
        Keys
      </button>
      <dialog ref={dialog} aria-labelledby="keys-title">
        <h2 id="keys-title">Keys</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
        <List keys={EVERYWHERE} />
        {keys.length > 0 && <h3>{title}</h3>}
        <List keys={keys} />
      </dialog>
    </>
  );
}

function List({ keys }: { readonly keys: readonly ViewKey[] }) {
  return (
    <dl class="key-list">
      {keys.map((one) => (
        <>
          <dt>{one.keys}</dt>
          <dd>{one.does}</dd>
        </>
      ))}
    </dl>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select') !== null;
}
