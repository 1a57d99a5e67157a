/** Before the tests in a browser: says why they are left out, once. */
import { BROWSER } from '../../scripts/browser-program.mjs';

export function setup(): void {
  if (BROWSER === undefined) {
    console.log(
      'There is no Chromium, Chrome or Edge (AUTOMBW_BROWSER names one): the live page is not opened in a browser.',
    );
  }
}
