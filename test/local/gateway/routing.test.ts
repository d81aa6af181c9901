import { selectRouteKey } from '../../../local/gateway/routing';

test.each([
  ['a member', '$request.body.action', '{"action":"send"}', 'send'],
  ['a member in braces', '${request.body.action}', '{"action":"send"}', 'send'],
  ['a nested member', '$request.body.data.kind', '{"data":{"kind":"send"}}', 'send'],
  ['a number', '$request.body.code', '{"code":7}', '7'],
  ['several members', '${request.body.service}/${request.body.action}', '{"service":"chat","action":"send"}', 'chat/send'],
  ['several members of which one is missing', '${request.body.service}/${request.body.action}', '{"service":"chat"}', undefined],
  ['a missing member', '$request.body.action', '{"other":1}', undefined],
  ['an inherited member', '$request.body.constructor', '{}', undefined],
  ['an object', '$request.body.action', '{"action":{}}', undefined],
  ['a text', '$request.body.action', 'hello', undefined],
  ['a bare value', '$request.body.action', 'null', undefined],
  ['an empty message', '$request.body.action', '', undefined],
])('%s', (_what, expression, message, expected) => {
  expect(selectRouteKey(expression, message)).toBe(expected);
});
