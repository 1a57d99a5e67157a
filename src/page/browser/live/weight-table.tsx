/** The drawing of the network as a table. */
import type { PageBeliefs } from '../../beliefs/state.ts';
import type { PageNetwork } from '../../state.ts';
import type { Weights } from './draft.ts';
import { percentText, weightText } from './weight-words.ts';

interface TableProps {
  readonly network: PageNetwork;
  readonly shownName: string;
  readonly shown: Weights;
  readonly best: Weights | null;
  readonly beliefs: PageBeliefs | undefined;
}

export function WeightTable({ network, shownName, shown, best, beliefs }: TableProps) {
  const importance = beliefs?.importance ?? [];
  return (
    <details>
      <summary>As a table</summary>
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
            {importance.length > 0 && (
              <th scope="col" class="n">
                importance
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {network.blocks.map(({ block, range }) => (
            <tr key={block}>
              <th scope="row">{block}</th>
              <td class="n">{weightText(shown[block])}</td>
              <td class="n">{weightText(best?.[block])}</td>
              <td>{range ?? 'no'}</td>
              {importance.length > 0 && (
                <td class="n">
                  {percentOf(importance.find(({ blocks }) => blocks.includes(block))?.total.value)}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function percentOf(share: number | undefined): string {
  return share === undefined ? '–' : percentText(share);
}
