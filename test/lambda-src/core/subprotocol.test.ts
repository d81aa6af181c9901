import { firstSubprotocol } from '../../../lambda-src/core/subprotocol';

test.each([
  ['the only one', { 'Sec-WebSocket-Protocol': 'chat' }, 'chat'],
  ['the first of several, never the token after it', { 'Sec-WebSocket-Protocol': 'chat, eyJhbGciOi' }, 'chat'],
  ['whatever the casing of the header', { 'sec-websocket-PROTOCOL': ' chat ,x' }, 'chat'],
])('answers with %s', (_, headers, expected) => {
  expect(firstSubprotocol(headers)).toBe(expected);
});

test.each([
  ['no headers', undefined], ['no such header', { Host: 'h' }], ['an empty one', { 'Sec-WebSocket-Protocol': '' }],
  ['nothing before the comma', { 'Sec-WebSocket-Protocol': ', token' }],
])('answers with none for %s', (_, headers) => {
  expect(firstSubprotocol(headers)).toBeUndefined();
});
