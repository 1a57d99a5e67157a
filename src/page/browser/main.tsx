/** The page in the browser: a list of runs, or one run. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { PageRun } from '../state.ts';
import { addressOf, usePlace } from './place.ts';
import { RunPage } from './run-page.tsx';
import { RunList } from './run-list.tsx';

/** Milliseconds from one list to the next, while it is shown and while a run is. */
const LIST_AGAIN = 5000;
const SELDOM = 30_000;

function App() {
  const [runs, setRuns] = useState<readonly PageRun[]>();
  const [trouble, setTrouble] = useState('');
  const { run: chosen, view } = usePlace();
  const isShown = chosen !== '';
  useEffect(() => {
    let isOver = false;
    const load = async (): Promise<void> => {
      try {
        const reply = await fetch('/api/runs');
        if (!reply.ok)
          throw new Error(
            reply.status === 401 ? 'the address lacks its token' : `it answered ${reply.status}`,
          );
        // The same version of this package sends it.
        const list: readonly PageRun[] = await reply.json();
        if (isOver) return;
        setRuns(list);
        setTrouble('');
      } catch (error) {
        if (!isOver) setTrouble(error instanceof Error ? error.message : String(error));
      }
    };
    void load();
    const timer = setInterval(() => void load(), isShown ? SELDOM : LIST_AGAIN);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [isShown]);
  const [only] = runs?.length === 1 ? runs : [];
  useEffect(() => {
    // It stays when others come.
    if (only !== undefined && chosen === '') location.replace(addressOf({ run: only.id, view: '' }));
  }, [only?.id, chosen]);
  const run = runs?.find(({ id }) => id === chosen) ?? only;
  if (run !== undefined)
    return <RunPage key={run.id} run={run.id} view={view} hasOthers={runs?.length !== 1} />;
  return (
    <main id="content">
      <h1>Runs</h1>
      {trouble !== '' && (
        <p class="note" role="status">
          autombw is not answering ({trouble}); retrying.
        </p>
      )}
      {runs === undefined && trouble === '' && <p>Loading …</p>}
      {runs !== undefined && <RunList runs={runs} />}
    </main>
  );
}

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
