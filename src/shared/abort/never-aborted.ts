/** For what wants a signal where nobody can abort: a look before a run, or work that ends with the process. */
import { setMaxListeners } from 'node:events';

export const NEVER_ABORTED: AbortSignal = new AbortController().signal;

// Everybody shares it, so that many may listen at a time: none of them is a leak.
setMaxListeners(0, NEVER_ABORTED);
