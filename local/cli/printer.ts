import { FoldedPosts } from './posts';
import type { LocalEvent } from '../log';
import { formatMetrics, readMetrics } from '../metrics';
import type { Local } from '../types';

/** Prints the output of the command on stdout. */
export interface Printer {
  readonly ready: (local: Local, faults: readonly string[]) => void;
  readonly event: (line: string, event: LocalEvent) => void;
  /** Flushes the output; nothing more is printed. */
  readonly end: () => void;
}

export interface PrinterOptions {
  /** Print one JSON object per line. */
  readonly json: boolean;
  /** Print only errors of the events. */
  readonly quiet: boolean;
}

export function createPrinter({ json, quiet }: PrinterOptions): Printer {
  const printer = json ? jsonPrinter() : textPrinter();
  const event: Printer['event'] = (text, happened) => (happened.event === 'error' ? printer.event(text, happened) : undefined);
  return quiet ? { ...printer, event } : printer;
}

/** Output for people, and for scripts that look for lines beginning with `WebSocket:`, `Page:` or `Ready`. */
function textPrinter(): Printer {
  const posts = new FoldedPosts(line);
  return {
    ready: printAddresses,
    event: (text, event) => {
      if (event.event === 'post') return posts.add(event);
      posts.flush();
      line(text);
    },
    end: () => posts.flush(),
  };
}

function printAddresses(local: Local, faults: readonly string[]): void {
  for (const notice of local.notices) line(`broadcast-local: ${notice}`);
  for (const { url, path } of local.apis) line(`WebSocket: ${url} (${path})`);
  for (const { url, path } of local.httpApis) line(`HTTP: ${url} (${path})`);
  line(`DynamoDB: ${local.dynamoDbEndpoint}`);
  for (const [key, url] of Object.entries(local.queues)) line(`Queue: ${url} (${local.queuePaths[key]})`);
  for (const [name, value] of Object.entries(local.outputs)) line(`Output: ${name} = ${value}${hereOf(value, local)}`);
  if (local.inspector) line(`Inspector: ${local.inspector}`);
  if (local.page) line(`Page: ${local.page}`);
  if (faults.length > 0) line(`Faults: ${faults.join(' ')} (again with --fault-seed ${local.faultSeed})`);
  line('Ready. Press Ctrl-C to stop.');
}

function jsonPrinter(): Printer {
  return {
    ready: ({ reload: _reload, setFaults: _setFaults, token: _token, stop: _stop, ...local }) => line(JSON.stringify({ at: now(), source: 'local', event: 'ready', ...local })),
    event: (_text, event) => line(JSON.stringify({ at: now(), ...withMetrics(event) })),
    end: () => undefined,
  };
}

/** Adds the metrics that a function printed for CloudWatch. */
function withMetrics(event: LocalEvent): object {
  const read = event.event === 'output' ? readMetrics(event.detail) : undefined;
  if (!read) return event;
  const metrics = Object.fromEntries(read.metrics.map(({ name, values }) => [name, values.length === 1 ? values[0] : values]));
  const dimensions = Object.keys(read.dimensions).length > 0 && { dimensions: read.dimensions };
  return { ...event, event: 'metrics', detail: formatMetrics(read), metrics, ...dimensions };
}

/** Returns the local address for the AWS address in an output. */
function hereOf(value: string, { apis, httpApis }: Local): string {
  const here = [...apis.flatMap(({ awsUrl, url, callbackUrl }) => [[awsUrl, url], [awsUrl.replace('wss:', 'https:'), callbackUrl]]), ...httpApis.map(({ awsUrl, url }) => [awsUrl, url])];
  const [found] = here.filter(([aws]) => value === aws || value.startsWith(`${aws}/`));
  return found ? ` (here ${found[1]}${value.slice(found[0].length)})` : '';
}

function now(): string {
  return new Date().toISOString();
}

function line(text: string): void {
  process.stdout.write(`${text}\n`);
}
