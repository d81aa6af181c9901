import { answerByMock } from '../../../local/gateway/mock';
import type { MockIntegrationModel } from '../../../local/model/apis';

function mock(overrides: Partial<MockIntegrationModel> = {}): MockIntegrationModel {
  return {
    type: 'mock',
    requestTemplates: { $default: '{"statusCode":200}' },
    responses: [{ key: '$default', templates: { $default: 'default' } }],
    ...overrides,
  };
}

const response = (key: string, body = key) => ({ key, templates: { $default: body } });

test.each<[string, Partial<MockIntegrationModel>, string, unknown]>([
  ['the template $default', {}, '', { statusCode: 200, body: 'default' }],
  ['the template of a constant expression', { requestTemplates: { 200: '{"statusCode":201}' }, requestSelection: '200' }, '', { statusCode: 201, body: 'default' }],
  ['the template of an escaped expression', { requestSelection: '\\$default' }, '', { statusCode: 200, body: 'default' }],
  ['the template that the message selects', {
    requestTemplates: { sick: '{"statusCode": 500}', $default: '{"statusCode": 200}' }, requestSelection: '${request.body.health}',
  }, '{"health":"sick"}', { statusCode: 500, body: 'default' }],
  ['the template $default when the message selects none', {
    requestTemplates: { sick: '{"statusCode": 500}', $default: '{"statusCode": 200}' }, requestSelection: '${request.body.health}',
  }, '{"health":"constructor"}', { statusCode: 200, body: 'default' }],
  ['a status in quotes', { requestTemplates: { $default: '{ "statusCode" : "204" }' } }, '', { statusCode: 204, body: 'default' }],
  ['no response when there is none', { responses: [] }, '', { statusCode: 200, body: undefined }],
  ['the response of a pattern', { responses: [response('$default'), response('/2\\d\\d/')] }, '', { statusCode: 200, body: '/2\\d\\d/' }],
  ['the response of the status itself', { responses: [response('$default'), response('200')] }, '', { statusCode: 200, body: '200' }],
  ['the response that the expression selects', {
    responses: [response('/200/'), response('fine')], responseSelection: 'fine',
  }, '', { statusCode: 200, body: 'fine' }],
  ['the response of the expression that holds the status', {
    responses: [response('$default'), response('/200/')], responseSelection: '${integration.response.statuscode}',
  }, '', { statusCode: 200, body: '/200/' }],
  ['the template of the response that the message selects', {
    responses: [{ key: '$default', templates: { de: 'hallo', $default: 'hello' }, selection: '$request.body.language' }],
  }, '{"language":"de"}', { statusCode: 200, body: 'hallo' }],
  ['an error without a status', { requestTemplates: { $default: '{}' } }, '', { why: 'the mock integration has no request template that gives a statusCode' }],
  ['an error without a template', { requestTemplates: {} }, '', { why: 'the mock integration has no request template that gives a statusCode' }],
])('a mock integration answers by %s', (_what, overrides, message, expected) => {
  expect(answerByMock(mock(overrides), message)).toEqual(expected);
});
