/** A way of looking at a run. */
import type { FunctionComponent } from 'preact';
import type { PageState } from '../state.ts';

export interface ViewProps {
  /** The run's part of addresses. */
  readonly run: string;
  readonly state: PageState;
}

export interface ViewKey {
  /** `Home, End`. */
  readonly keys: string;
  /** In words: `goes to the first and the last one`. */
  readonly does: string;
}

export interface View {
  /** Its part of the page's address, behind the run's: `#<run>/gallery`. */
  readonly id: string;
  readonly title: string;
  readonly Content: FunctionComponent<ViewProps>;
  /** Its own keys, for the list that "?" opens. */
  readonly keys?: readonly ViewKey[];
}
