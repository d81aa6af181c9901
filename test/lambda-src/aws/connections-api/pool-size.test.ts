import { laneCap, laneTarget } from '../../../../lambda-src/aws/connections-api/pool-size';

test.each([[128, 28], [64, 16], [256, 57], [512, 115], [1024, 128], [1769, 128], [10240, 128]])('%i MB keep at most %i lanes', (memory, cap) => {
  expect(laneCap(memory)).toBe(cap);
});

test.each([
  [0, 1769, 0], [1, 1769, 1], [2, 1769, 2], [3, 128, 2], [10, 1769, 10], [100, 1769, 32], [1000, 1769, 100], [100_000, 1769, 128],
  [1000, 128, 27], [100_000, 128, 28], [1000, 10240, 100],
])('%i posts at %i MB deserve %i lanes', (posts, memory, lanes) => {
  expect(laneTarget(posts, memory)).toBe(lanes);
});
