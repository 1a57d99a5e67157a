import type { WorldName } from '../../../../simulator/index.ts';

export interface DemoOptions {
  readonly world: WorldName;
  readonly iterations?: number;
  readonly json?: boolean;
}
