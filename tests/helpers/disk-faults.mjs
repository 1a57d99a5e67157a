/**
 * A disk that refuses: wraps what `node:fs` has for changing files below one folder, counts the calls, and makes some of them fail.
 * In a process of its own: `--import` this file with AUTOMBW_TEST_DISK set to the settings as JSON.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { isMainThread } from 'node:worker_threads';

/** What a kind of fault strikes. `short` is no refusal: a part is written, and the count says so. */
const STRIKES = {
  ENOSPC: ['open', 'write', 'sync', 'mkdir'],
  EDQUOT: ['write', 'sync', 'mkdir', 'close'],
  EIO: ['write', 'sync', 'truncate', 'rename', 'remove'],
  EMFILE: ['open'],
  EBUSY: ['rename', 'remove'],
  EPERM: ['rename', 'remove'],
  EACCES: ['open', 'mkdir', 'rename', 'remove'],
  EROFS: ['open', 'write', 'sync', 'truncate', 'mkdir', 'rename', 'remove'],
  short: ['write'],
};

/** What each function of `node:fs` does; those of `node:fs/promises` have the same names without `Sync`. */
const KINDS = {
  openSync: 'open',
  closeSync: 'close',
  writeSync: 'write',
  writeFileSync: 'write',
  appendFileSync: 'write',
  copyFileSync: 'write',
  fsyncSync: 'sync',
  fdatasyncSync: 'sync',
  ftruncateSync: 'truncate',
  truncateSync: 'truncate',
  renameSync: 'rename',
  linkSync: 'rename',
  rmSync: 'remove',
  unlinkSync: 'remove',
  mkdirSync: 'mkdir',
};

/**
 * @param settings `under`: the folder; `code`: a key of STRIKES; `at`: the number of the first call that it strikes, from 1; `times`:
 *   how many calls it strikes from there on, 1 unless given, null = all that follow; `report`: a file that gets a line for
 *   every call that could have been struck; `only`: an expression that the path has to match
 * @returns how many calls there were, and how to take it away again
 */
export function installDiskFaults({ under, code, at, times = 1, report, only }) {
  const root = path.resolve(under);
  const pattern = only === undefined ? undefined : new RegExp(only);
  const strikes = new Set(STRIKES[code]);
  const handles = new Map();
  const real = { sync: {}, later: {} };
  let calls = 0;
  let struck = 0;
  let depth = 0;

  const isWatched = (file) => {
    if (typeof file !== 'string') return false;
    const whole = path.resolve(file);
    return (
      (whole === root || whole.startsWith(root + path.sep)) && (pattern === undefined || pattern.test(whole))
    );
  };
  /** @returns whether this call is to be struck */
  const count = (kind, file) => {
    if (!strikes.has(kind) || !isWatched(file)) return false;
    calls++;
    const isStruck = calls >= at && (times === null || calls < at + times);
    if (isStruck) struck++;
    if (report !== undefined)
      real.sync.appendFileSync(
        report,
        `${calls} ${kind} ${path.relative(root, path.resolve(file))}${isStruck ? ' STRUCK' : ''}\n`,
      );
    return isStruck;
  };
  const refusal = (name, file) =>
    Object.assign(new Error(`${code}: refused by the test, ${name} '${file}'`), {
      code,
      errno: -1,
      syscall: name,
    });

  for (const [name, kind] of Object.entries(KINDS)) {
    const act = fs[name];
    real.sync[name] = act;
    fs[name] = (...args) => {
      // What one function does by way of another is one call.
      if (depth > 0) return act(...args);
      depth++;
      try {
        return sync(name, kind, act, args);
      } finally {
        depth--;
      }
    };
    const later = fs.promises[name.slice(0, -'Sync'.length)];
    if (kind === 'open' || kind === 'close' || later === undefined) continue;
    real.later[name] = later;
    fs.promises[name.slice(0, -'Sync'.length)] = async (...args) => {
      const file = nameOf(name, args);
      if (!count(kind, file)) return later(...args);
      if (kind === 'write' && name !== 'copyFileSync') {
        // All of it arrives in the end where the count is heeded, as Node does.
        if (code === 'short') return later(...args);
        await later(file, half(args[1]), args[2]).catch(() => undefined);
      }
      throw refusal(name, file);
    };
  }
  syncBuiltinESMExports();

  function sync(name, kind, act, args) {
    if (kind === 'open') {
      const [file, flags = 'r'] = args;
      if (isForWriting(flags) && count(kind, file)) throw refusal(name, file);
      const handle = act(...args);
      if (isForWriting(flags) && isWatched(file)) handles.set(handle, file);
      return handle;
    }
    const isHandle = typeof args[0] === 'number';
    const file = isHandle ? handles.get(args[0]) : nameOf(name, args);
    const isStruck = count(kind, file);
    if (kind === 'close') {
      handles.delete(args[0]);
      act(...args);
    } else if (!isStruck) return act(...args);
    if (!isStruck) return undefined;
    if (name === 'writeSync') {
      const [handle, bytes, offset = 0, length = bytes.length - offset, position = null] = args;
      const some = Math.ceil(length / 2);
      if (code === 'short') return act(handle, bytes, offset, some, position);
      act(handle, bytes, offset, some, position);
    } else if (kind === 'write' && name !== 'copyFileSync') {
      if (code === 'short') return act(...args);
      act(args[0], half(args[1]), args[2]);
    }
    throw refusal(name, file);
  }

  return {
    calls: () => calls,
    struck: () => struck,
    uninstall() {
      for (const [name, act] of Object.entries(real.sync)) fs[name] = act;
      for (const [name, act] of Object.entries(real.later)) fs.promises[name.slice(0, -'Sync'.length)] = act;
      syncBuiltinESMExports();
    },
  };
}

/** Of what is renamed or linked, the new name. */
function nameOf(name, args) {
  return KINDS[name] === 'rename' || name === 'copyFileSync' ? args[1] : args[0];
}

function isForWriting(flags) {
  return typeof flags === 'string'
    ? /[wa+]/.test(flags)
    : (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0;
}

function half(content) {
  return content.slice(0, Math.ceil(content.length / 2));
}

const given = process.env['AUTOMBW_TEST_DISK'];
// Threads that merge tensors have calls of their own, which are not counted with the others.
if (given !== undefined && isMainThread) installDiskFaults(JSON.parse(given));
