/** The server's public state of the job that it runs, and the reply of `/sdapi/v1/progress` made from it. */

export class JobState {
  skipped = false;
  interrupted = false;
  job = '';
  jobCount = 0;
  jobNumber = 0;
  jobTimestamp = '0';
  samplingStep = 0;
  samplingSteps = 0;
  #startedAt = 0;

  /** The number of steps stays the last job's until sampling begins. */
  begin(job: string, now: Date): void {
    this.skipped = false;
    this.interrupted = false;
    this.job = job;
    this.jobCount = -1;
    this.jobNumber = 0;
    this.samplingStep = 0;
    this.jobTimestamp = timestamp(now);
    this.#startedAt = performance.now();
  }

  nextJob(): void {
    this.jobNumber++;
    this.samplingStep = 0;
  }

  /** `interrupted` stays until the next job begins: the only trace of it. */
  end(): void {
    this.job = '';
    this.jobCount = 0;
    this.samplingStep = 0;
  }

  /** 0..1, or 0 when idle. */
  get fraction(): number {
    if (this.jobCount === 0) return 0;
    const count = Math.max(1, this.jobCount);
    const steps = this.samplingSteps > 0 ? this.samplingStep / this.samplingSteps : 0;
    return Math.min(1, this.jobNumber / count + steps / count);
  }

  report(): Record<string, unknown> {
    const progress = this.jobCount === 0 ? 0 : Math.min(1, 0.01 + this.fraction);
    const elapsed = (performance.now() - this.#startedAt) / 1000;
    return {
      progress,
      eta_relative: progress === 0 ? 0 : elapsed / progress - elapsed,
      state: {
        skipped: this.skipped,
        interrupted: this.interrupted,
        stopping_generation: false,
        job: this.job,
        job_count: this.jobCount,
        job_timestamp: this.jobTimestamp,
        job_no: this.jobNumber,
        sampling_step: this.samplingStep,
        sampling_steps: this.samplingSteps,
      },
      current_image: null,
      textinfo: null,
    };
  }
}

function timestamp(now: Date): string {
  return now.toISOString().slice(0, 19).replaceAll(/[-:T]/gu, '');
}
