import { inputOf } from '../../../local/events/input';
import type { InputModel } from '../../../local/model/targets';

const ARN = 'arn:aws:events:eu-west-1:111122223333:rule/the-rule';
const event = { 'id': '1', 'source': 'orders', 'detail-type': 'Sent', 'resources': ['a', 'b'], 'detail': { order: 17, who: 'Ann "A"', tags: ['x'], is: true, items: [{ n: 1 }, { n: 2 }] } };

const of = (input: InputModel) => inputOf(input, event, { arn: ARN });
const template = (text: string, paths: Record<string, string> = { order: '$.detail.order', who: '$.detail.who', tags: '$.detail.tags', missing: '$.detail.nothing' }) => of({ kind: 'template', template: text, paths });

test('a target gets the event, a constant, or a part of the event', () => {
  expect(of({ kind: 'event' })).toBe(JSON.stringify(event));
  expect(of({ kind: 'constant', text: 'always' })).toBe('always');
  expect(of({ kind: 'path', path: '$.detail.order' })).toBe('17');
  expect(of({ kind: 'path', path: '$.detail-type' })).toBe('"Sent"');
  expect(of({ kind: 'path', path: '$' })).toBe(JSON.stringify(event));
  expect(of({ kind: 'path', path: '$.resources[1]' })).toBe('"b"');
  expect(of({ kind: 'path', path: '$.detail.items[*].n' })).toBe('[1,2]');
  expect(of({ kind: 'path', path: '$.detail.nothing' })).toBe('null');
});

test('a template inserts values as JSON, or without quotes inside a text', () => {
  expect(template('{"order": <order>, "who": <who>, "tags": <tags>}')).toBe('{"order": 17, "who": "Ann \\"A\\"", "tags": ["x"]}');
  expect(template('{"text": "order <order> of <who>"}')).toBe('{"text": "order 17 of Ann \\"A\\""}');
  expect(template('"<who> sent <order>: <tags>"')).toBe('"Ann \\"A\\" sent 17: [\\"x\\"]"');
  expect(template('"none: <missing>"')).toBe('"none: "');
});

test('predefined values need no path', () => {
  expect(template('{"rule": "<aws.events.rule-name>", "arn": <aws.events.rule-arn>}')).toBe(`{"rule": "the-rule", "arn": "${ARN}"}`);
  expect(JSON.parse(template('{"all": <aws.events.event.json>, "envelope": <aws.events.event>, "at": "<aws.events.event.ingestion-time>"}'))).toEqual({
    all: event, envelope: { ...event, detail: undefined }, at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  });
});
