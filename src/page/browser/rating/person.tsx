/** Who sits here. */
import { useState } from 'preact/hooks';
import type { Rating } from './use-rating.ts';

export function Person({ rating: { name, setName, state } }: { readonly rating: Rating }) {
  const people = state?.people ?? 1;
  const isNeeded = people > 1 && name === '';
  const [isOpen, setOpen] = useState(false);
  if (!isOpen && !isNeeded) {
    return (
      <p class="person quiet">
        {name === '' ? 'You rate without a name.' : `You rate as ${name}.`}{' '}
        <button type="button" class="link" onClick={() => setOpen(true)}>
          {name === '' ? 'Give one' : 'Change'}
        </button>
      </p>
    );
  }
  return (
    <form
      class="person"
      onSubmit={(event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget).get('name');
        setName(typeof given === 'string' ? given : '');
        setOpen(false);
      }}
    >
      <label>
        Your name{' '}
        <input name="name" maxLength={40} autocomplete="nickname" required={people > 1} defaultValue={name} />
      </label>{' '}
      <button type="submit">Use it</button>
      <p class="quiet">
        {people > 1
          ? `${people} people rate every picture. Your answers are kept with your name, and count on a scale of their own.`
          : 'Your answers are kept with it.'}
      </p>
    </form>
  );
}
