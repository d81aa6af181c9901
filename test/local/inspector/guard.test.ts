import type { IncomingMessage } from 'node:http';
import { refusal } from '../../../local/inspector/guard';

const PORT = 8786;
const OWN = 'http://127.0.0.1:8786';

function refuses(method: string, headers: Record<string, string>, isPage = false): boolean {
  return refusal({ method, headers } as unknown as IncomingMessage, PORT, isPage) !== undefined;
}

test.each<[string, string, Record<string, string>, boolean]>([
  ['its own page, reading', 'GET', { 'host': '127.0.0.1:8786', 'sec-fetch-site': 'same-origin' }, false],
  ['its own page, sending', 'POST', { 'host': '127.0.0.1:8786', 'origin': OWN, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' }, false],
  ['its own page by the name localhost', 'POST', { 'host': 'localhost:8786', 'origin': 'http://localhost:8786', 'content-type': 'application/json' }, false],
  ['a command that reads', 'GET', { host: '127.0.0.1:8786' }, false],
  ['a name that was made to point here', 'GET', { 'host': 'evil.example:8786', 'sec-fetch-site': 'same-origin' }, true],
  ['such a name, sending', 'POST', { 'host': 'evil.example:8786', 'origin': 'http://evil.example:8786', 'content-type': 'application/json' }, true],
  ['no host', 'GET', {}, true],
  ['another port', 'GET', { host: '127.0.0.1:8787' }, true],
  ['the page of another site, reading', 'GET', { 'host': '127.0.0.1:8786', 'sec-fetch-site': 'cross-site' }, true],
  ['a page on another port of this machine, reading', 'GET', { 'host': '127.0.0.1:8786', 'sec-fetch-site': 'same-site' }, true],
  ['another origin, reading', 'GET', { host: '127.0.0.1:8786', origin: 'http://127.0.0.1:8787' }, true],
  ['no origin at all to name', 'POST', { 'host': '127.0.0.1:8786', 'origin': 'null', 'content-type': 'application/json' }, true],
  ['another origin, sending', 'POST', { 'host': '127.0.0.1:8786', 'origin': 'http://evil.example', 'content-type': 'application/json' }, true],
  ['no origin, sending', 'POST', { 'host': '127.0.0.1:8786', 'content-type': 'application/json' }, true],
  ['a form', 'POST', { 'host': '127.0.0.1:8786', 'origin': OWN, 'content-type': 'text/plain' }, true],
  ['localhost for 127.0.0.1', 'POST', { 'host': '127.0.0.1:8786', 'origin': 'http://localhost:8786', 'content-type': 'application/json' }, true],
])('%s (%s): %j is refused: %s', (_who, method, headers, expected) => {
  expect(refuses(method, headers)).toBe(expected);
});

test('the page may be opened by a link, but not by a foreign host name that resolves here', () => {
  expect(refuses('GET', { 'host': '127.0.0.1:8786', 'sec-fetch-site': 'cross-site' }, true)).toBe(false);
  expect(refuses('GET', { 'host': 'evil.example:8786', 'sec-fetch-site': 'none' }, true)).toBe(true);
});
