/** The network as a U or a column: in every block the weight of an iteration beside that of the best; blocks can be dragged. */
import { useState } from 'preact/hooks';
import type { PageBeliefs } from '../../beliefs/state.ts';
import type { PageSummary, PageTrial } from '../../state.ts';
import { Block } from './block.tsx';
import { BlockCard } from './block-card.tsx';
import { CompareChoice } from './compare-choice.tsx';
import { changesOf, weightIn, type Weights } from './draft.ts';
import { DraftTray } from './draft-tray.tsx';
import { useDraft } from './use-draft.ts';
import { useBlocks } from './use-blocks.ts';
import { useTrial } from './use-trial.ts';
import { WeightTable } from './weight-table.tsx';

interface NetworkProps {
  readonly run: string;
  readonly summary: PageSummary;
  readonly trials: readonly PageTrial[];
  readonly chosen: number | undefined;
  readonly beliefs: PageBeliefs | undefined;
  readonly onChoose: (trial: number | undefined) => void;
}

export function Network({ run, summary, trials, chosen, beliefs, onChoose }: NetworkProps) {
  const { network, current, bestWeights, best, canControl } = summary;
  const facts = useBlocks(run);
  const other = useTrial(run, chosen);
  const [selected, setSelected] = useState<string>();
  const { draft, told, isSending, setWeight, undo, send, discard } = useDraft(run, facts, summary, trials);
  if (current === null) return <p class="quiet">No iteration yet.</p>;
  if (network === null)
    return <p class="quiet">The journal of this run does not say which blocks were searched.</p>;
  const isDrafting = Object.keys(draft).length > 0;
  const compared: Weights = chosen === undefined ? current.weights : (other?.weights ?? {});
  const shownName = isDrafting ? 'your draft' : nameOf(chosen, current, trials);
  const shownOf = (block: string): number | undefined => {
    const one = facts.get(block);
    return isDrafting && one !== undefined ? weightIn(one, draft, bestWeights) : compared[block];
  };
  const most = Math.max(0, ...(beliefs?.importance.map(({ total }) => total.value) ?? []));
  const importanceOf = (block: string): number | undefined => {
    const found = beliefs?.importance.find(({ blocks }) => blocks.includes(block));
    return found === undefined || most === 0 ? undefined : Math.max(0, found.total.value / most);
  };
  const placed = network.blocks.find(({ block }) => block === selected);
  return (
    <>
      <CompareChoice summary={summary} trials={trials} chosen={chosen} onChoose={onChoose} />
      <p>
        <i class="gradient" aria-hidden="true" /> <b>0</b> is A · {summary.modelA}, <b>1</b> is B ·{' '}
        {summary.modelB}.
      </p>
      <p>
        In every block: left {shownName}
        {chosen === undefined && !isDrafting && current.isOpen ? ', which is being measured' : ''}; right the
        best{best === null ? '' : `, #${best.trial}`}.
      </p>
      <div class="network">
        <svg
          viewBox={`-3 0 ${network.width + 6} ${network.height}`}
          style={{ width: `${Math.round(network.width * 1.4)}px` }}
          role="group"
          aria-label={`Blocks of the network: weights of ${shownName} and of the best; the table below has the same data`}
        >
          {network.skips.map((ends) => (
            <path key={ends.join()} class="skip" d={way(ends)} />
          ))}
          {network.path.map((ends) => (
            <path key={ends.join()} class="path" d={way(ends)} />
          ))}
          {network.blocks.map((one) => {
            const { block } = one;
            const its = facts.get(block);
            const isMovable = canControl && (its?.moves === 'alone' || its?.moves === 'together');
            return (
              <Block
                key={block}
                placed={one}
                network={network}
                facts={its}
                shown={shownOf(block)}
                best={bestWeights?.[block]}
                given={isMovable && its !== undefined ? weightIn(its, draft, bestWeights) : undefined}
                isChanged={draft[block] !== undefined}
                isSelected={block === selected}
                importance={importanceOf(block)}
                onSelect={setSelected}
                onWeight={setWeight}
                onUndo={undo}
              />
            );
          })}
        </svg>
        <div
          class={`dock${selected === undefined && !isDrafting ? ' idle' : ''}${isDrafting ? ' drafting' : ''}`}
        >
          <div class="block-card" id="block-card">
            <BlockCard
              facts={selected === undefined ? undefined : facts.get(selected)}
              range={placed?.range ?? null}
              shownName={shownName}
              shown={selected === undefined ? undefined : shownOf(selected)}
              best={selected === undefined ? undefined : bestWeights?.[selected]}
              beliefs={beliefs}
            />
          </div>
          <DraftTray
            changes={changesOf(draft, facts, bestWeights)}
            best={best?.trial}
            told={told}
            isSending={isSending}
            queued={summary.queued}
            onSend={send}
            onDiscard={discard}
          />
        </div>
        <div class="legend">
          <p>
            A dashed block is not searched.
            {beliefs !== undefined && beliefs.reason !== null && ` Importance: ${beliefs.reason}`}
            {most > 0 &&
              ' The ring around a block shows its importance: the longer and thicker, the more it affects the score; a full ring is the most important block.'}
          </p>
          {canControl && (
            <p>
              Drag a block sideways (with a mouse also up and down), or use the arrow keys on it, to give it
              another weight. Nothing is asked of the run before “Measure next”.
            </p>
          )}
          <WeightTable
            network={network}
            shownName={shownName}
            shown={Object.fromEntries(
              network.blocks.flatMap(({ block }) => {
                const weight = shownOf(block);
                return weight === undefined ? [] : [[block, weight]];
              }),
            )}
            best={bestWeights}
            beliefs={beliefs}
          />
        </div>
      </div>
    </>
  );
}

function nameOf(
  chosen: number | undefined,
  current: NonNullable<PageSummary['current']>,
  trials: readonly PageTrial[],
): string {
  const id = chosen ?? current.trial;
  const baseline =
    chosen === undefined ? current.baseline : trials.find((trial) => trial.id === chosen)?.baseline;
  return `iteration #${id}${baseline === undefined ? '' : ` (${baseline})`}`;
}

function way([x1, y1, x2, y2]: readonly [number, number, number, number]): string {
  return `M${x1} ${y1}${y2 > y1 ? `V${y2}H${x2}` : `H${x2}V${y2}`}`;
}
