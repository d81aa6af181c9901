import type { LocalEvent } from '../log';
import type { Local } from '../types';

/** What the command prints on stdout. */
export interface Printer {
  readonly ready: (local: Local, faults: readonly string[]) => void;
  readonly event: (line: string, event: LocalEvent) => void;
}

export function createPrinter(json: boolean): Printer {
  return json ? jsonPrinter : textPrinter;
}

/** For people, and for scripts that look for lines beginning with `WebSocket:`, `Page:` or `Ready`. */
const textPrinter: Printer = {
  ready: (local, faults) => {
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
  },
  event: (text) => line(text),
};

const jsonPrinter: Printer = {
  ready: ({ reload: _reload, setFaults: _setFaults, token: _token, stop: _stop, ...local }) => line(JSON.stringify({ at: now(), source: 'local', event: 'ready', ...local })),
  event: (_text, event) => line(JSON.stringify({ at: now(), ...event })),
};

/** The address on this machine of what an output has the address of on AWS. */
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
