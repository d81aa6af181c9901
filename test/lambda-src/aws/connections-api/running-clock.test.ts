import { RunningClock } from '../../../../lambda-src/aws/connections-api/running-clock';

test('the time during which the process was suspended does not count', () => {
  let steady = 500;
  const clock = new RunningClock(() => steady);
  const start = clock.now();
  const after = (millis: number) => {
    steady += millis;
    return clock.now() - start;
  };
  expect([after(100), after(1_000), after(20_000), after(100), after(1_001), after(0), after(999)])
    .toEqual([100, 1_100, 1_100, 1_200, 1_200, 1_200, 2_199]);
});
