import { isObject, own, parseObject } from './objects';

/** A CloudWatch metric that a function printed in the embedded metric format. */
export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
}

export interface Metrics {
  readonly metrics: readonly Metric[];
  /** Other values of the line, without the dimensions, which seldom differ here. */
  readonly properties: Readonly<Record<string, unknown>>;
}

interface Directive {
  readonly Dimensions?: unknown;
  readonly Metrics?: unknown;
}

/** Parses a line that a function printed; undefined when it holds no metrics. */
export function readMetrics(line: string): Metrics | undefined {
  if (!line.startsWith('{') || !line.includes('"_aws"')) return undefined;
  const printed = parseObject(line);
  const directives = (printed?._aws as { readonly CloudWatchMetrics?: unknown } | undefined)?.CloudWatchMetrics;
  if (!printed || !Array.isArray(directives)) return undefined;
  const metrics = directives.filter(isObject).flatMap(({ Metrics }: Directive) => listOf(Metrics)).flatMap(({ Name, Unit }) => {
    const [name, unit] = [String(Name), typeof Unit === 'string' ? Unit : 'None'];
    const values = [own(printed, name)].flat().filter((value) => typeof value === 'number');
    return values.length === 0 ? [] : [{ name, unit, values }];
  });
  if (metrics.length === 0) return undefined;
  const dimensions = directives.filter(isObject)
    .flatMap(({ Dimensions }: Directive) => (Array.isArray(Dimensions) ? Dimensions.flat() : [])).map(String);
  const known = ['_aws', ...metrics.map(({ name }) => name), ...dimensions];
  return { metrics, properties: Object.fromEntries(Object.entries(printed).filter(([name]) => !known.includes(name))) };
}

/** Formats metrics for people: `Deliveries 12, Latency 34 ms; reason bad_request`. */
export function formatMetrics({ metrics, properties }: Metrics): string {
  const values = metrics.map(({ name, unit, values: all }) => `${name} ${all.join(' ')}${own(UNITS, unit) ?? ''}`);
  const others = Object.entries(properties).map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [values, others].filter((part) => part.length > 0).map((part) => part.join(', ')).join('; ');
}

const UNITS: Readonly<Record<string, string>> = {
  Milliseconds: ' ms', Microseconds: ' µs', Seconds: ' s', Bytes: ' bytes', Kilobytes: ' KB', Megabytes: ' MB', Percent: ' %',
};

function listOf(value: unknown): { readonly Name?: unknown; readonly Unit?: unknown }[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
