/** Debian's or the user's Chromium, by its own protocol: no library between. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { WebSocket } from 'undici';
import { temporaryFolder } from './temporary-folder.ts';

/** Undefined where there is none. */
export const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (file) => existsSync(file),
);

export interface BrowserPage {
  /** The value of an expression, as JSON. */
  readonly evaluate: (expression: string) => Promise<unknown>;
  /** Errors in the console, and what the policy of the page has forbidden. */
  readonly errors: readonly string[];
  readonly close: () => Promise<void>;
}

export async function openInBrowser(url: string, width = 1000): Promise<BrowserPage> {
  const profile = path.join(temporaryFolder('browser'), 'profile');
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-port=0',
    `--window-size=${width},900`,
  ];
  const child = spawn(BROWSER ?? '', [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const socket = new WebSocket(await addressOf(child));
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  const errors: string[] = [];
  const waiting = new Map<number, (result: Record<string, unknown>) => void>();
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data));
    if (message.id !== undefined) waiting.get(message.id)?.(message.result ?? {});
    else if (message.method === 'Log.entryAdded' && message.params.entry.level === 'error')
      errors.push(message.params.entry.text);
    else if (message.method === 'Runtime.exceptionThrown')
      errors.push(message.params.exceptionDetails.exception?.description ?? 'exception');
  });
  let last = 0;
  const send = async (
    method: string,
    params: Record<string, unknown>,
    sessionId?: unknown,
  ): Promise<Record<string, unknown>> => {
    const id = ++last;
    const reply = new Promise<Record<string, unknown>>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params, sessionId }));
    return reply;
  };
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  await send('Log.enable', {}, sessionId);
  await send('Runtime.enable', {}, sessionId);
  await send('Page.navigate', { url }, sessionId);
  return {
    errors,
    evaluate: async (expression) => {
      const { result } = await send('Runtime.evaluate', { expression, returnByValue: true }, sessionId);
      return typeof result === 'object' && result !== null && 'value' in result ? result.value : undefined;
    },
    close: async () => {
      const ended = once(child, 'close');
      await Promise.race([send('Browser.close', {}), ended]);
      await ended;
    },
  };
}

async function addressOf(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stderr ?? []) {
    text += String(chunk);
    const [, address] = /DevTools listening on (ws:\S+)/.exec(text) ?? [];
    if (address === undefined) continue;
    // Whatever it says later must not fill the pipe.
    child.stderr?.resume();
    return address;
  }
  throw new Error(`the browser did not start: ${text}`);
}
