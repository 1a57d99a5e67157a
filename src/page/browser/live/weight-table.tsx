/** The drawing of the network as a table. */
import type { PageNetwork } from '../../state.ts';
import type { Weights } from './draft.ts';
import { weightText } from './weight-words.ts';

interface TableProps {
  readonly network: PageNetwork;
  readonly shownName: string;
  readonly shown: Weights;
  readonly best: Weights | null;
}

export function WeightTable({ network, shownName, shown, best }: TableProps) {
  return (
    <details>
      <summary>The same as a table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">block</th>
            <th scope="col" class="n">
              {shownName}
            </th>
            <th scope="col" class="n">
              best
            </th>
            <th scope="col">searched</th>
          </tr>
        </thead>
        <tbody>
          {network.blocks.map(({ block, range }) => (
            <tr key={block}>
              <th scope="row">{block}</th>
              <td class="n">{weightText(shown[block])}</td>
              <td class="n">{weightText(best?.[block])}</td>
              <td>{range ?? 'no'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
