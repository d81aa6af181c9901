import { isObject, parseObject } from './objects';

/** A line that a function logged as JSON, as Lambda's JSON format and loggers such as Powertools write it. */
interface LogRecord {
  readonly level: string;
  readonly message: string;
  readonly others: Readonly<Record<string, unknown>>;
}

/** Fields that say which function and which invocation wrote a line: the line has its construct, and here they help nobody. */
const CONTEXT = new Set([
  'level', 'message', 'timestamp', 'time', 'service', 'sampling_rate', 'xray_trace_id', 'cold_start', 'location', 'requestId', 'AWSRequestId',
  'function_arn', 'function_memory_size', 'function_name', 'function_request_id', 'tenantId',
]);

/** Reads a line that a function printed. Returns undefined for a line that is no such record. */
export function readLogRecord(line: string): LogRecord | undefined {
  if (!line.startsWith('{') || !line.endsWith('}')) return undefined;
  const record = parseObject(line);
  if (!record || typeof record.level !== 'string' || typeof record.message !== 'string') return undefined;
  const others = Object.fromEntries(Object.entries(record).filter(([name]) => !CONTEXT.has(name)));
  return { level: record.level.toUpperCase(), message: record.message, others };
}

/** Formats a record for people: `WARN the table was not read to its end; messageId m1`. */
export function formatLogRecord({ level, message, others }: LogRecord): string {
  const more = Object.entries(others).map(([name, value]) => `${name} ${formatField(value)}`);
  return [`${level} ${message}`, more.join(', ')].filter((part) => part !== '').join('; ');
}

/** An error by its name and message: its stack is in the function's own code, which is bundled more often than not. */
function formatField(value: unknown): string {
  if (typeof value === 'string') return value;
  if (isObject(value)) {
    const { name, message } = value as { readonly name?: unknown; readonly message?: unknown };
    if (typeof name === 'string' && typeof message === 'string') return `${name}: ${message}`;
  }
  return JSON.stringify(value);
}
