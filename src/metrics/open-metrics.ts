/** Numbers in the text format of OpenMetrics 1.0, which Prometheus and its kin read. */

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly Sample[];
}

export interface HistogramFamily {
  /** Ends in its unit. */
  readonly name: string;
  readonly help: string;
  readonly type: 'histogram';
  readonly unit: 'seconds';
  readonly histogram: Histogram;
}

export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** How often values were at most so large. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** @param bounds upper ones, rising */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    for (const [n, bound] of this.#bounds.entries())
      if (value <= bound) this.#counts[n] = (this.#counts[n] ?? 0) + 1;
    this.#sum += value;
    this.#count++;
  }

  /** Lines without a line end. */
  lines(name: string): string[] {
    return [
      ...this.#bounds.map((bound, n) => line(`${name}_bucket`, { le: bounded(bound) }, this.#counts[n] ?? 0)),
      line(`${name}_bucket`, { le: '+Inf' }, this.#count),
      line(`${name}_sum`, {}, this.#sum),
      line(`${name}_count`, {}, this.#count),
    ];
  }
}

export function openMetrics(families: readonly (Family | HistogramFamily)[]): string {
  const lines = families.flatMap((family) => {
    const { name, help, type } = family;
    const head = [`# TYPE ${name} ${type}`, `# HELP ${name} ${escaped(help)}`];
    if (family.type === 'histogram')
      return [...head, `# UNIT ${name} ${family.unit}`, ...family.histogram.lines(name)];
    const sampleName = type === 'counter' ? `${name}_total` : name;
    return [...head, ...family.samples.map(({ labels = {}, value }) => line(sampleName, labels, value))];
  });
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, label]) => `${key}="${escaped(label)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${text(value)}`;
}

function text(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}

/** The format has a point in every bound, so that one and the same is written alike everywhere. */
function bounded(value: number): string {
  const plain = text(value);
  return /^-?\d+$/.test(plain) ? `${plain}.0` : plain;
}

function escaped(label: string): string {
  return label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
