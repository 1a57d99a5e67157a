/** For what wants a signal where nobody can abort: a look before a run, or work that ends with the process. */
import { createController } from './create-controller.ts';

export const NEVER_ABORTED: AbortSignal = createController().signal;
