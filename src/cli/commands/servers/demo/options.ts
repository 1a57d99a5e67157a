import type { WorldName } from '../../../../simulator/index.ts';

export interface DemoOptions {
  readonly world: WorldName;
  /** Of the search and of its images; drawn unless given. */
  readonly seed?: number;
  readonly iterations?: number;
  readonly json?: boolean;
}
