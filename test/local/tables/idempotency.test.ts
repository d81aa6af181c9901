import { Idempotency } from '../../../local/tables/idempotency';

let now = 0;
let runs = 0;
const idempotency = new Idempotency(() => now);

function ask(input: Record<string, unknown>): Promise<object> {
  return idempotency.once(input, async () => {
    runs++;
    if (input.fails) throw new Error('as asked');
    return {};
  });
}

beforeEach(() => {
  runs = 0;
});

test('a transaction without a token happens each time', async () => {
  await ask({ a: 1 });
  await ask({ a: 1 });
  expect(runs).toBe(2);
});

test('a repeated request is recognised for ten minutes, in whatever order its members are', async () => {
  await ask({ ClientRequestToken: 't', a: { b: 1, c: [{ d: 2, e: 3 }] } });
  await ask({ a: { c: [{ e: 3, d: 2 }], b: 1 }, ClientRequestToken: 't' });
  expect(runs).toBe(1);
  now += 10 * 60_000;
  await ask({ ClientRequestToken: 't', a: 5 });
  expect(runs).toBe(2);
});

test('a failed transaction may be tried again', async () => {
  await expect(ask({ ClientRequestToken: 'f', fails: true })).rejects.toThrow('as asked');
  await ask({ ClientRequestToken: 'f', fails: false });
  expect(runs).toBe(2);
});
