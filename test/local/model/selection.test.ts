import fc from 'fast-check';
import { bodyVariables, evaluate, variablesOf } from '../../../local/model/selection';

test.each<[string, string, string, string | undefined]>([
  ['a member', '$request.body.action', '{"action":"send"}', 'send'],
  ['a member in braces', '${request.body.action}', '{"action":"send"}', 'send'],
  ['a nested member', '$request.body.a.b', '{"a":{"b":"send"}}', 'send'],
  ['an item of a list', '$request.body.a[1].b', '{"a":[0,{"b":"send"}]}', 'send'],
  ['a member with a dash', '$request.body.x-action', '{"x-action":"send"}', 'send'],
  ['a number', '$request.body.code', '{"code":7}', '7'],
  ['a truth value', '$request.body.urgent', '{"urgent":false}', 'false'],
  ['an empty text', '$request.body.action', '{"action":""}', ''],
  ['several members', '${request.body.service}/${request.body.action}', '{"service":"chat","action":"send"}', 'chat/send'],
  ['several members without braces', '$request.body.service/$request.body.action', '{"service":"chat","action":"send"}', 'chat/send'],
  ['text around a member', 'v1-${request.body.version}-beta', '{"version":2}', 'v1-2-beta'],
  ['a value that looks like an expression, which is not evaluated again', '$request.body.a', '{"a":"$request.body.b","b":1}', '$request.body.b'],
  ['several members of which one is missing', '${request.body.service}/${request.body.action}', '{"service":"chat"}', undefined],
  ['a missing member', '$request.body.action', '{"other":1}', undefined],
  ['an inherited member', '$request.body.constructor', '{}', undefined],
  ['an object', '$request.body.action', '{"action":{}}', undefined],
  ['null', '$request.body.action', '{"action":null}', undefined],
  ['a member of a text', '$request.body.action.length', '{"action":"send"}', undefined],
  ['a message that is not JSON', '$request.body.action', 'hello', undefined],
  ['a bare value', '$request.body.action', 'null', undefined],
  ['an empty message', '$request.body.action', '', undefined],
  ['a variable that there is not', '$context.routeKey', '{}', undefined],
  ['an escaped dollar sign', '\\$default', '', '$default'],
  ['no variable at all', 'send', '{"action":"x"}', 'send'],
])('%s', (_what, expression, message, expected) => {
  expect(evaluate(expression, bodyVariables(message))).toBe(expected);
});

test('a member is found, whatever the names and values', () => {
  const name = fc.stringMatching(/^[A-Za-z][\w-]{0,8}$/);
  fc.assert(fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), fc.string(), (path, value) => {
    const message = JSON.stringify(path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value));
    expect(evaluate(`$request.body.${path.join('.')}`, bodyVariables(message))).toBe(value);
    expect(evaluate(`<\${request.body.${path.join('.')}}>`, bodyVariables(message))).toBe(`<${value}>`);
  }));
});

test('the variables of an expression are recognised', () => {
  expect(variablesOf('${request.body.a}/$integration.response.statuscode/\\$default')).toEqual(['request.body.a', 'integration.response.statuscode']);
});
