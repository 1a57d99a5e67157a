/**
 * Time for measuring how long something takes: nobody sets this clock, and it stands still while the computer sleeps or this
 * process is held (Ctrl-Z, a frozen container). Systems disagree on whether their own clock goes on meanwhile.
 */

export interface TimeSource {
  /** Milliseconds since some moment. */
  now(): number;
  /** Milliseconds of processor time that this process has used. */
  used(): number;
}

/** A beat is heard every second; one that is so late was held up, unless this process was at work all the time. */
const BEAT_MS = 1000;
const GAP_MS = 5000;

/** Hears its own heart. */
export class SleepGauge {
  readonly #source: TimeSource;
  #heard: number;
  #used: number;
  #asleep = 0;

  constructor(source: TimeSource) {
    this.#source = source;
    this.#heard = source.now();
    this.#used = source.used();
  }

  /** To be called once a second, and whenever somebody wants to know. @returns milliseconds slept so far */
  beat(): number {
    const now = this.#source.now();
    const used = this.#source.used();
    const gap = now - this.#heard;
    // A long computation holds the beat up as well.
    if (gap >= GAP_MS && used - this.#used < gap / 2) this.#asleep += gap - BEAT_MS;
    this.#heard = now;
    this.#used = used;
    return this.#asleep;
  }
}

// Those of the system, whatever somebody puts in their places.
const { setInterval } = globalThis;
const now = performance.now.bind(performance);
let gauge: SleepGauge | undefined;

/** Milliseconds that this process has slept since somebody first wanted to know. */
export function timeAsleep(): number {
  if (gauge === undefined) {
    const own = new SleepGauge({ now, used: processorTime });
    setInterval(() => void own.beat(), BEAT_MS).unref();
    gauge = own;
  }
  return gauge.beat();
}

/** Milliseconds since some moment, sleep left out. */
export function awakeTime(): number {
  const asleep = timeAsleep();
  return performance.now() - asleep;
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
