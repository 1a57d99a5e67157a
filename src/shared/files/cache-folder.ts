/** Where users of the system expect what a program keeps for itself; `AUTOMBW_CACHE` names another folder. */
import os from 'node:os';
import path from 'node:path';

export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return (
    env['AUTOMBW_CACHE'] ??
    path.join(env['XDG_CACHE_HOME'] ?? env['LOCALAPPDATA'] ?? path.join(os.homedir(), '.cache'), 'autombw')
  );
}
