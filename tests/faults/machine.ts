/** This computer: its clock, its disk, its signals. What needs a process of its own is tried by tests of processes. */
import type { Chapter, Scenario } from './scenario.ts';

function clockSet(name: string, hours: number, what: string): Scenario {
  return {
    name,
    what,
    does: 'measures all durations on another clock; only dates follow',
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
    clockSet('clock-backward', -30, 'The time of day is set back by days'),
    clockSet('clock-forward', 30, 'The time of day is set forward by days'),
    {
      name: 'linked-folder',
      what: 'The folder of the run is a symbolic link',
      does: 'works as with the folder itself',
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
      does: 'goes on with `resume`; finished images are not drawn again. Whichever command draws there next selects the checkpoint of before again, and puts back settings',
      costs: 'the image that was being drawn (on ComfyUI, the images of one prompt)',
      test: 'tests/process/interrupt.test.ts',
    },
    {
      what: 'autombw is killed while somebody rates its images, in the terminal or on the page',
      does: 'asks for no answer again that was given, also where it did not count yet',
      costs: 'nothing',
      test: 'tests/process/rating-terminal.test.ts',
    },
    {
      what: 'Ctrl-C, `kill`, or the terminal is closed, at any stage',
      does: 'interrupts the server, leaves it as it was found and ends with 130, 143 or 129; the second Ctrl-C leaves at once, and the next command there puts back',
      costs: 'the image that was being drawn (on ComfyUI, the images of one prompt)',
      test: 'tests/process/signals.test.ts',
    },
    {
      what: 'The computer sleeps, or the process is held (Ctrl-Z, a frozen container)',
      does: 'goes on when it wakes, without counting the time; a lost connection is made again',
      costs: 'one image',
      test: 'tests/process/held-process.test.ts',
    },
    {
      what: 'A run is resumed while it still runs',
      does: 'does not begin, and names the process that writes the journal',
      costs: 'nothing; exit code 2',
      test: 'tests/process/lock.test.ts',
    },
    {
      what: 'The lock of a dead run names a process number that another program has now',
      does: 'knows that by when the program was started, and takes the lock',
      costs: 'nothing',
      test: 'tests/process/lock.test.ts',
    },
    {
      what: 'The last line of the journal is half written',
      does: 'leaves it out, and goes on from the line before',
      costs: 'the images of the iteration at hand',
      test: 'tests/process/resume.test.ts',
    },
    {
      what: 'A file beside the journal (requests, questions, answers, status, lock) is half written or damaged',
      does: 'leaves out the line that is struck, says how it begins if it was a request, and follows all others',
      costs: 'nothing but that line',
      test: 'tests/unit/journal/torn-files.test.ts',
    },
    {
      what: 'The output folder is removed or renamed while the run goes on',
      does: 'creates it again and rewrites the whole journal, or stops and prints its result where that is impossible',
      costs: 'nothing',
      test: 'tests/process/output-lost.test.ts',
    },
    {
      what: 'The disk is full, or becomes read-only',
      does: 'ends with its result (`journal-write`); goes on with `resume` when there is room',
      costs: 'the images of the iteration at hand',
      test: 'tests/process/output-lost.test.ts',
    },
    {
      what: 'Another file takes the place of the journal',
      does: 'leaves that alone and keeps its own lines in a journal beside it, which it names (`journal-taken`)',
      costs: 'the images of the iteration at hand',
      test: 'tests/process/output-lost.test.ts',
    },
    {
      what: 'A message of a server holds what a terminal would obey',
      does: 'shows it as `\\x1b`',
      costs: 'nothing',
      test: 'tests/process/terminal.test.ts',
    },
    {
      what: 'A file that is given to read is a device, a pipe or without an end',
      does: 'refuses it',
      costs: 'nothing; exit code 2',
      test: 'tests/process/odd-files.test.ts',
    },
    {
      what: 'A notification cannot be delivered',
      does: 'tries once more, says it once, and goes on',
      costs: 'nothing',
      test: 'tests/integration/events.test.ts',
    },
  ],
};
