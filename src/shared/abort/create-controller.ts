/** A controller whose signal much work at a time may listen to. */
import { setMaxListeners } from 'node:events';

/**
 * Node.js takes the eleventh listener of a signal for a leak, and warns of it in the middle of whatever stands on the terminal. Here
 * a signal has as many as there is work under way: every server, every image. That none stays behind is up to `onAbort`.
 */
export function createController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
