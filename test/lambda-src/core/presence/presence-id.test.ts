import { presenceIdOf } from '../../../../lambda-src/core/presence/presence-id';

const KEY = Buffer.alloc(32, 1);

test('an id has 22 characters of base64url, and reveals nothing about the user', () => {
  expect(presenceIdOf('ann@example.com', KEY)).toMatch(/^[A-Za-z0-9_-]{22}$/);
});

test('it is the same for the same user and key, and different for others', () => {
  expect(presenceIdOf('ann', KEY)).toBe(presenceIdOf('ann', Buffer.alloc(32, 1)));
  expect(presenceIdOf('ann', KEY)).not.toBe(presenceIdOf('bob', KEY));
  expect(presenceIdOf('ann', KEY)).not.toBe(presenceIdOf('ann', Buffer.alloc(32, 2)));
});
