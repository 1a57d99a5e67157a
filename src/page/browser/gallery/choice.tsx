/** A list to choose from, with a word before it. */
interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChoose: (value: string) => void;
}

/** A value that is not among the options shows the first one. */
export function Choice({ label, value, options, onChoose }: ChoiceProps) {
  const shown = options.some(([option]) => option === value) ? value : (options[0]?.[0] ?? '');
  return (
    <label>
      {label}{' '}
      <select value={shown} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
