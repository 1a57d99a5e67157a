/**
 * Node.js sets the terminal back when it ends, and aborts where there is none any more: a run that came to its end after its
 * terminal was closed would look like a crash. A descriptor that is closed is passed over.
 */
import fs from 'node:fs';
import tty from 'node:tty';

export function surviveLostTerminal(process: Pick<NodeJS.Process, 'on'>): void {
  const terminals = [0, 1, 2].filter((descriptor) => tty.isatty(descriptor));
  process.on('exit', () => {
    for (const descriptor of terminals) {
      if (tty.isatty(descriptor)) continue;
      try {
        fs.closeSync(descriptor);
      } catch {
        // Closed by somebody else, which is as good.
      }
    }
  });
}
