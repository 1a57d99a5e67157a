/** The same as a figure, in numbers. Nothing of it is made before somebody opens it. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

export interface FigureTableProps {
  /** What it is a table of. */
  readonly title: string;
  readonly head: readonly string[];
  /** The first cell names the row. */
  readonly rows: () => readonly (readonly ComponentChildren[])[];
}

export function FigureTable({ title, head, rows }: FigureTableProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{title} as a table</summary>
      {isOpen && (
        <div class="wide" tabIndex={0} role="region" aria-label={`${title}, table`}>
          <table>
            <thead>
              <tr>
                {head.map((text, column) => (
                  <th key={text} scope="col" class={column === 0 ? '' : 'n'}>
                    {text}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows().map(([name, ...cells], row) => (
                <tr key={row}>
                  <th scope="row">{name}</th>
                  {cells.map((cell, column) => (
                    <td key={column} class="n">
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
