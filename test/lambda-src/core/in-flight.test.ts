import * as fc from 'fast-check';
import { InFlight, type Flight } from '../../../lambda-src/core/in-flight';

test('gives out as many places as there are, and one more for each send that ends', () => {
  const inFlight = new InFlight(2);
  const first = inFlight.start(0);
  expect(inFlight.hasPlace(0)).toBe(true);
  inFlight.start(0);
  expect(inFlight.hasPlace(0)).toBe(false);
  inFlight.land(first);
  expect(inFlight.hasPlace(0)).toBe(true);
  expect(inFlight.size).toBe(1);
});

test('a send that takes half a second gives up its place, but only for a limited number of others', () => {
  const inFlight = new InFlight(2);
  for (let wave = 0; wave < 4; wave++) {
    expect(inFlight.hasPlace(wave * 500)).toBe(true);
    inFlight.start(wave * 500);
    inFlight.start(wave * 500);
    expect(inFlight.hasPlace(wave * 500)).toBe(false);
    expect(inFlight.nextSlow).toBe(wave < 3 ? (wave + 1) * 500 : undefined);
  }
  expect(inFlight.hasPlace(1e9)).toBe(false);
  expect(inFlight.size).toBe(8);
});

test('agrees with a count over all sends', () => {
  const step = fc.record({ wait: fc.integer({ min: 0, max: 400 }), land: fc.option(fc.nat()) });
  fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 300 }), (places, steps) => {
    const inFlight = new InFlight(places);
    const flights: Flight[] = [];
    let now = 0;
    for (const { wait, land } of steps) {
      now += wait;
      const quick = flights.filter(({ startedAt }) => now - startedAt < 500).length;
      const free = quick < places && flights.length < places * 4;
      expect(inFlight.hasPlace(now)).toBe(free);
      if (land !== null && flights.length > 0) inFlight.land(flights.splice(land % flights.length, 1)[0]);
      else if (free) flights.push(inFlight.start(now));
      else if (flights.length < places * 4) expect(inFlight.nextSlow).toBe(flights.find(({ startedAt }) => now - startedAt < 500)!.startedAt + 500);
      expect(inFlight.size).toBe(flights.length);
    }
  }));
});

test('sends that have ended are forgotten', () => {
  const inFlight = new InFlight(1);
  for (let now = 0; now < 10_000; now++) {
    expect(inFlight.hasPlace(now)).toBe(true);
    inFlight.land(inFlight.start(now));
  }
  expect((inFlight as unknown as { flights: unknown[] }).flights.length).toBeLessThan(2_500);
});
