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
        {name === '' ? 'You are rating without a name.' : `You are rating as ${name}.`}{' '}
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
          ? `${people} people rate every image. Your answers are saved with your name and are counted on your own scale.`
          : 'Your answers are saved with it.'}
      </p>
    </form>
  );
}
