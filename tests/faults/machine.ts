/** This computer: its clock, its disk, its signals. What needs a process of its own is tried by tests of processes. */
import type { Chapter, Scenario } from './scenario.ts';

function clockSet(name: string, hours: number, what: string): Scenario {
  return {
    name,
    what,
    does: 'measures all durations on a monotonic clock; only dates change',
    hurts: 'nobody',
    servers: ['a1111'],
    promise: { exitCode: 0, isSilent: true },
    play: async (stage) =>
      stage.search({
        config: { minutes: 30 },
        rules: ({ timeline }) => [
          { on: '*', nth: 1, deed: { act: () => timeline.setBy(hours) } },
          { on: '*', nth: 9, deed: { act: () => timeline.setBy(hours) } },
        ],
      }),
  };
}

export const MACHINE: Chapter = {
  title: 'This computer',
  scenarios: [
    clockSet('clock-backward', -30, 'The system time is set back by days'),
    clockSet('clock-forward', 30, 'The system time is set forward by days'),
    {
      name: 'linked-folder',
      what: 'The folder of the run is a symbolic link',
      does: 'works as usual',
      hurts: 'nobody',
      servers: ['a1111'],
      lacks: () => (process.platform === 'win32' ? 'only administrators may make links there' : undefined),
      promise: { exitCode: 0, isSilent: true },
      play: async (stage) => stage.search({ isLinked: true }),
    },
  ],
  references: [
    {
      what: 'autombw is killed (`kill -9`, power failure) at any moment',
      does: '`resume` continues without drawing finished images again, scored or not. Whichever command draws there next restores checkpoint and settings',
      costs: 'the image that was being drawn (on ComfyUI, the images of one prompt)',
      tests: [
        'tests/process/interrupt.test.ts > that is killed loses no finished iteration, and its resume leaves the WebUI as it was before',
        'tests/process/fleet.test.ts > that is killed goes on with no image lost or counted twice',
        'tests/process/slow-scorer.test.ts > %s: none of them is drawn again',
      ],
    },
    {
      what: 'autombw is killed while somebody rates its images, in the terminal or on the page',
      does: 'keeps every answer, even one that did not count yet',
      costs: 'nothing',
      tests: [
        'tests/process/rating-terminal.test.ts > a rating that was given is not asked for again after kill -9, although others wait',
      ],
    },
    {
      what: 'Ctrl-C, `kill`, or the terminal is closed, at any stage',
      does: 'interrupts the server, restores it and exits with 130, 143 or 129; a second Ctrl-C quits at once, and the next command there restores the server',
      costs: 'the image that was being drawn (on ComfyUI, the images of one prompt)',
      tests: [
        'tests/process/signals.test.ts > is ended cleanly while %s is under way',
        'tests/process/signals.test.ts > is ended at once by the second signal while %s is under way',
        'tests/process/interrupt.test.ts > is ended cleanly by %s with exit code %i, and resumed',
        'tests/process/hangup.test.ts > ends a search cleanly with exit code 129, also when nothing can be written to it',
      ],
    },
    {
      what: 'The computer sleeps, or the process is suspended (Ctrl-Z, a frozen container)',
      does: 'continues on waking, without counting the time, and reconnects if necessary',
      costs: 'one image',
      tests: [
        'tests/process/held-process.test.ts > does not count that as time, and loses no patience by it',
        'tests/process/held-process.test.ts > asks again for the image whose connection was lost meanwhile, and does not count the time',
      ],
    },
    {
      what: 'A run is resumed while it still runs',
      does: 'does not start, and names the process that writes the journal',
      costs: 'nothing; exit code 2',
      tests: [
        'tests/process/lock.test.ts > keeps a second process out while the first one lives, before the server is bothered',
      ],
    },
    {
      what: 'The lock of a dead run names a process number that another program now has',
      does: 'detects this by the start time of the program, and takes the lock',
      costs: 'nothing',
      tests: ['tests/process/lock.test.ts > is taken over when another program has its number by now'],
    },
    {
      what: 'The journal ends in half a line, or in zero bytes (power failure)',
      does: 'ignores it, and continues from the line before',
      costs: 'the images of the current iteration',
      tests: [
        'tests/process/resume.test.ts > goes on from a journal whose last line is half written',
        'tests/unit/journal/damaged-journal.test.ts > that was cut at any byte gives the iterations before the cut',
        'tests/unit/journal/damaged-journal.test.ts > with zero bytes behind it, as after a power cut, gives all before them',
      ],
    },
    {
      what: 'The journal is damaged in its middle: a byte, a value, lost or doubled lines',
      does: 'rejects it and names the line, or reads what is intact; a lost or doubled line never changes a score',
      costs: 'nothing; exit code 2 (`journal-damaged`)',
      tests: [
        'tests/unit/journal/damaged-journal.test.ts > of which lines were lost, copied, swapped or run together gives no other score',
        'tests/unit/journal/damaged-journal.test.ts > with any byte changed is read or refused',
        'tests/unit/journal/damaged-values.test.ts > is told in every place of a record "%s"',
      ],
    },
    {
      what: 'A file beside the journal (requests, questions, answers, status, lock) is half written or damaged',
      does: 'ignores the damaged line, quotes its beginning if it was a request, and follows all others',
      costs: 'only that line',
      tests: [
        'tests/unit/journal/torn-files.test.ts > %s that end anywhere: whole lines count, and the next one is not swallowed',
        'tests/unit/journal/torn-files.test.ts > %s with a damaged byte: the lines around it count',
      ],
    },
    {
      what: 'The output folder is removed or renamed during the run',
      does: 'creates it again and rewrites the whole journal; if that is impossible, stops and prints its result',
      costs: 'nothing',
      tests: [
        'tests/process/output-lost.test.ts > %s writes journal and log again',
        'tests/process/output-lost.test.ts > cannot be made again stops with its result',
      ],
    },
    {
      what: 'Another program truncates the journal during the run',
      does: 'rewrites the whole journal',
      costs: 'nothing',
      tests: ['tests/process/output-lost.test.ts > has a journal that was cut writes it again'],
    },
    {
      what: 'The disk is full, or becomes read-only',
      does: 'ends with its result (`journal-write`); `resume` continues when there is space',
      costs: 'the images of the current iteration',
      tests: [
        'tests/process/output-lost.test.ts > that is full ends the run with its result, and the run goes on when there is room',
        'tests/process/output-lost.test.ts > that becomes read-only takes files, and neither the result nor the journal',
      ],
    },
    {
      what: 'A single disk operation fails: no space, an input/output error, no permission, too many open files, a partial write',
      does: 'continues, or ends with its result; no announced result is lost, and no partial file is left after `resume`',
      costs: 'the images of the current iteration',
      tests: ['tests/integration/disk-faults.test.ts > with %s so many times (%i) loses nothing'],
    },
    {
      what: 'Another file takes the place of the journal',
      does: 'leaves that file alone and keeps its own lines in a journal beside it, which it names (`journal-taken`)',
      costs: 'the images of the current iteration',
      tests: [
        'tests/process/output-lost.test.ts > has another file in the place of the journal leaves that alone and keeps its own lines',
      ],
    },
    {
      what: "The reader of autombw's output goes away (`head`, a closed pager)",
      does: 'ends without a complaint',
      costs: 'nothing',
      tests: ['tests/process/closed-pipe.test.ts > a reader that goes away is no failure'],
    },
    {
      what: "A server's message contains terminal control characters",
      does: 'shows them as `\\x1b`',
      costs: 'nothing',
      tests: [
        'tests/process/terminal.test.ts > obeys nothing of a message in mid-run at log level %s',
        'tests/process/terminal.test.ts > obeys nothing of a server that refuses: %s',
      ],
    },
    {
      what: 'An input file is a device, a pipe or endless',
      does: 'refuses it',
      costs: 'nothing; exit code 2',
      tests: [
        'tests/process/odd-files.test.ts > not read is',
        'tests/process/odd-files.test.ts > a pipe in place of a kept image',
      ],
    },
    {
      what: 'A notification cannot be delivered',
      does: 'tries once more, reports it once, and continues',
      costs: 'nothing',
      tests: [
        'tests/unit/events/event-queue.test.ts > that refuses for a moment is asked once more',
        'tests/unit/events/event-queue.test.ts > that takes nothing is told of once, by its host alone',
        'tests/unit/events/event-queue.test.ts > that never answers holds nobody up: the end waits for so long',
      ],
    },
  ],
};
