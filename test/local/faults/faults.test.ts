import { Faults } from '../../../local/faults/faults';

/** Returns the results of several calls for each connection. */
function outcomes(faults: Faults, connections: readonly string[], calls: number): Record<string, (number | undefined)[]> {
  for (const id of connections) faults.admit(id);
  return Object.fromEntries(connections.map((id) => [id, Array.from({ length: calls }, () => faults.status(id))]));
}

test('a fault with a rate hits about that share of the calls', () => {
  const faults = new Faults(['429=0.2'], 1);
  faults.admit('a=');
  const struck = Array.from({ length: 5_000 }, () => faults.status('a=')).filter((status) => status === 429).length;
  expect(struck).toBeGreaterThan(900);
  expect(struck).toBeLessThan(1_100);
});

test('the same seed hits the same calls again, in whatever order connections are called', () => {
  const once = outcomes(new Faults(['429=0.5', '503=0.5'], 7), ['a=', 'b='], 40);
  const again = new Faults(['429=0.5', '503=0.5'], 7);
  for (const id of ['c=', 'd=']) again.admit(id);
  const interleaved: Record<string, unknown[]> = { 'c=': [], 'd=': [] };
  for (let call = 0; call < 40; call++) for (const id of ['d=', 'c=']) interleaved[id].push(again.status(id));
  expect(interleaved['c=']).toEqual(once['a=']);
  expect(interleaved['d=']).toEqual(once['b=']);
  expect(once['a=']).not.toEqual(once['b=']);
});

test('another seed hits other calls', () => {
  expect(outcomes(new Faults(['429=0.5'], 1), ['a='], 40)).not.toEqual(outcomes(new Faults(['429=0.5'], 2), ['a='], 40));
});

test('without a seed it chooses one, with which the run can be repeated', () => {
  const first = new Faults(['429=0.5']);
  expect(outcomes(new Faults(['429=0.5'], first.seed), ['a='], 40)).toEqual(outcomes(first, ['a='], 40));
});

test('a fault with connection numbers hits these connections', () => {
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

describe('a pulled plug', () => {
  const ids = Array.from({ length: 200 }, (_, nth) => `${nth}=`);
  const times = (specification: string, seed: number) => {
    const faults = new Faults([specification], seed);
    for (const id of ids) faults.admit(id);
    return ids.map((id) => faults.unplugMillis(id));
  };

  test('hits the named connections at their times', () => {
    expect(times('unplug=5s@#2-3', 1).slice(0, 4)).toEqual([undefined, 5000, 5000, undefined]);
    const drawn = times('unplug=1s-2s@0.3', 1).filter((millis) => millis !== undefined);
    expect(drawn.length).toBeGreaterThan(40);
    expect(drawn.length).toBeLessThan(80);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(1000);
    expect(Math.max(...drawn)).toBeLessThan(2000);
    expect(new Set(drawn).size).toBe(drawn.length);
  });

  test('is the same with the same seed, and each time that it is queried', () => {
    expect(times('unplug=1s-2s@0.3', 1)).toEqual(times('unplug=1s-2s@0.3', 1));
    expect(times('unplug=1s-2s@0.3', 1)).not.toEqual(times('unplug=1s-2s@0.3', 2));
    const faults = new Faults(['unplug=1s-2s'], 1);
    faults.admit('a=');
    const first = faults.unplugMillis('a=');
    faults.set(['429=1', 'unplug=1s-2s']);
    expect(faults.unplugMillis('a=')).toBe(first);
  });

  test('comes at the earliest of several times', () => {
    const faults = new Faults(['unplug=5s', 'unplug=2s@#1']);
    for (const id of ['a=', 'b=']) faults.admit(id);
    expect([faults.unplugMillis('a='), faults.unplugMillis('b=')]).toEqual([2000, 5000]);
  });
});

test('a subscriber is notified of each replacement, but not of one that fails', () => {
  const faults = new Faults(['unplug=5s']);
  faults.admit('a=');
  const heard: (number | undefined)[] = [];
  faults.onChange(() => heard.push(faults.unplugMillis('a=')));
  faults.set(['unplug=1s']);
  expect(() => faults.set(['unplug=x'])).toThrow("got 'unplug=x'");
  faults.set([]);
  expect(heard).toEqual([1000, undefined]);
});

test('all faults can be replaced, except stale reads', () => {
  const faults = new Faults(['429=1', 'stale=1s']);
  faults.admit('a=');
  faults.set(['503=1']);
  expect(faults.status('a=')).toBe(503);
  faults.set([]);
  expect(faults.status('a=')).toBeUndefined();
  expect(faults.staleReads?.lagMillis).toBe(1000);
  expect(() => faults.set(['stale=2s'])).toThrow('stale reads can be asked for at the start only');
});
