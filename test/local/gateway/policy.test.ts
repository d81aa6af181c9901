import { allows } from '../../../local/gateway/policy';

const ARN = 'arn:aws:execute-api:eu-west-1:111122223333:abcdefghij/prod/$connect';

const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });
const allow = (more: object = {}) => ({ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: ARN, ...more });
const deny = (more: object = {}) => allow({ Effect: 'Deny', ...more });

test.each<[string, unknown, boolean | undefined]>([
  ['the ARN itself', policy(allow()), true],
  ['one statement without a list', { Statement: allow() }, true],
  ['every resource', policy(allow({ Resource: '*' })), true],
  ['a pattern', policy(allow({ Resource: 'arn:aws:execute-api:*:*:abcdefghij/pro?/*' })), true],
  ['lists', policy(allow({ Action: ['x', 'execute-api:*'], Resource: ['y', ARN] })), true],
  ['an action in other letters', policy(allow({ Action: 'Execute-API:invoke' })), true],
  ['another stage', policy(allow({ Resource: ARN.replace('prod', 'test') })), false],
  ['a pattern whose dots are no wildcards', policy(allow({ Resource: ARN.replace('-api', '.api') })), false],
  ['another action', policy(allow({ Action: 'execute-api:ManageConnections' })), false],
  ['a denial', policy(deny()), false],
  ['a denial beside a permission', policy(allow(), deny({ Resource: '*' })), false],
  ['no statement', policy(), false],
  ['a condition on a permission', policy(allow({ Condition: { IpAddress: {} } })), false],
  ['a condition on a denial', policy(allow(), deny({ Condition: { IpAddress: {} } })), false],
  ['nothing', undefined, undefined],
  ['no statements', { Version: '2012-10-17' }, undefined],
  ['an effect that is none', policy(allow({ Effect: 'allow' })), undefined],
])('%s', (_what, document, expected) => {
  expect(allows(document, ARN)).toBe(expected);
});
