// Which browser the tests, the bench and the screenshots drive: nothing is downloaded for them.
import { existsSync } from 'node:fs';
import path from 'node:path';

const PROGRAMS = {
  linux: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/usr/bin/microsoft-edge',
    '/snap/bin/chromium',
  ],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].flatMap((name) => {
    const folder = process.env[name];
    if (folder === undefined) return [];
    return ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'].map((file) =>
      path.join(folder, file),
    );
  }),
};

/** `AUTOMBW_BROWSER`, or the first one that is installed; undefined where there is none. An empty name means none. */
export const BROWSER =
  process.env['AUTOMBW_BROWSER'] === undefined
    ? PROGRAMS[process.platform]?.find((file) => existsSync(file))
    : process.env['AUTOMBW_BROWSER'] || undefined;

/** For `chromium.launch`. Root has no sandbox; a container has little shared memory. */
export const LAUNCH = {
  executablePath: BROWSER ?? '',
  args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-dev-shm-usage', '--disable-gpu'],
};
