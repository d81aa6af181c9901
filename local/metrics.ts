import { isObject, own, parseObject } from './objects';

/** A CloudWatch metric that a function printed in the embedded metric format. */
export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
}

export interface Metrics {
  readonly metrics: readonly Metric[];
  /** Dimensions by which lines of one function can differ. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Other values of the line. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Dimensions that Powertools and the libraries of AWS set to the same value for everything that a function prints. */
const OF_THE_FUNCTION = ['service', 'LogGroup', 'ServiceName', 'ServiceType'];

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
  const inDimensions = new Set(directives.filter(isObject)
    .flatMap(({ Dimensions }: Directive) => (Array.isArray(Dimensions) ? Dimensions.flat() : [])).map(String));
  const known = new Set(['_aws', ...metrics.map(({ name }) => name), ...inDimensions]);
  const dimensions = [...inDimensions].filter((name) => !OF_THE_FUNCTION.includes(name)).map((name) => [name, own(printed, name)])
    .filter((dimension): dimension is [string, string] => typeof dimension[1] === 'string');
  return {
    metrics,
    dimensions: Object.fromEntries(dimensions),
    properties: Object.fromEntries(Object.entries(printed).filter(([name]) => !known.has(name))),
  };
}

/** Formats metrics for people: `Deliveries 12, Latency 34 ms (pattern room:*); reason bad_request`. Properties of 0 are left out. */
export function formatMetrics({ metrics, dimensions, properties }: Metrics): string {
  const values = metrics.map(({ name, unit, values: all }) => `${name} ${all.join(' ')}${own(UNITS, unit) ?? ''}`);
  const others = Object.entries(properties).filter(([, value]) => value !== 0)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const measured = [values.join(', '), formatDimensions(dimensions)].filter((part) => part !== '').join(' ');
  return [measured, others.join(', ')].filter((part) => part !== '').join('; ');
}

/** Formats dimensions for people: `(pattern room:*)`, or nothing when there are none. */
export function formatDimensions(dimensions: Metrics['dimensions']): string {
  const texts = Object.entries(dimensions).map(([name, value]) => `${name} ${value}`);
  return texts.length === 0 ? '' : `(${texts.join(', ')})`;
}

const UNITS: Readonly<Record<string, string>> = {
  Milliseconds: ' ms', Microseconds: ' µs', Seconds: ' s', Bytes: ' bytes', Kilobytes: ' KB', Megabytes: ' MB', Percent: ' %',
};

function listOf(value: unknown): { readonly Name?: unknown; readonly Unit?: unknown }[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
