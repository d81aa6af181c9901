import { Faults } from '../../../local/faults/faults';

/** Returns the results of several calls for each connection. */
function outcomes(faults: Faults, connections: readonly string[], calls: number): Record<string, (number | undefined)[]> {
  for (const id of connections) faults.admit(id);
  return Object.fromEntries(connections.map((id) => [id, Array.from({ length: calls }, () => faults.status(id))]));
}

test('a rate strikes about that share of the calls', () => {
  const faults = new Faults(['429=0.2'], 1);
  faults.admit('a=');
  const struck = Array.from({ length: 5_000 }, () => faults.status('a=')).filter((status) => status === 429).length;
  expect(struck).toBeGreaterThan(900);
  expect(struck).toBeLessThan(1_100);
});

test('the same seed strikes the same calls again, however connections are called and interleaved', () => {
  const once = outcomes(new Faults(['429=0.5', '503=0.5'], 7), ['a=', 'b='], 40);
  const again = new Faults(['429=0.5', '503=0.5'], 7);
  for (const id of ['c=', 'd=']) again.admit(id);
  const interleaved: Record<string, unknown[]> = { 'c=': [], 'd=': [] };
  for (let call = 0; call < 40; call++) for (const id of ['d=', 'c=']) interleaved[id].push(again.status(id));
  expect(interleaved['c=']).toEqual(once['a=']);
  expect(interleaved['d=']).toEqual(once['b=']);
  expect(once['a=']).not.toEqual(once['b=']);
});

test('another seed strikes others', () => {
  expect(outcomes(new Faults(['429=0.5'], 1), ['a='], 40)).not.toEqual(outcomes(new Faults(['429=0.5'], 2), ['a='], 40));
});

test('without a seed it makes one up, by which the run can be repeated', () => {
  const first = new Faults(['429=0.5']);
  expect(outcomes(new Faults(['429=0.5'], first.seed), ['a='], 40)).toEqual(outcomes(first, ['a='], 40));
});

test('connections are struck by their numbers', () => {
  const struck = outcomes(new Faults(['410=#2,#4-5']), ['a=', 'b=', 'c=', 'd=', 'e=', 'f='], 1);
  expect(Object.values(struck).flat()).toEqual([undefined, 410, undefined, 410, 410, undefined]);
  expect(new Faults(['410=#1-9']).status('unknown=')).toBeUndefined();
});

test('latencies add up, and lie between their bounds', () => {
  const faults = new Faults(['latency=100ms', 'latency=1s-2s'], 1);
  faults.admit('a=');
  const drawn = Array.from({ length: 100 }, () => faults.latencyMillis('a='));
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(1100);
  expect(Math.max(...drawn)).toBeLessThan(2100);
  expect(new Set(drawn).size).toBeGreaterThan(50);
});

test('faults can be replaced, but for stale reads', () => {
  const faults = new Faults(['429=1', 'stale=1s']);
  faults.admit('a=');
  faults.set(['503=1']);
  expect(faults.status('a=')).toBe(503);
  faults.set([]);
  expect(faults.status('a=')).toBeUndefined();
  expect(faults.staleReads?.lagMillis).toBe(1000);
  expect(() => faults.set(['stale=2s'])).toThrow('stale reads can be asked for at the start only');
});
