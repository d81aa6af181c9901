import { selectRoute } from '../../../local/http-api/route-selection';
import { routeOf } from '../fixtures/http-api';

const ROUTES = [
  '$default', 'ANY /{proxy+}', 'GET /pets/{proxy+}', 'GET /pets/dog/{id}', 'GET /pets/dog/1', 'ANY /pets/dog/2', 'POST /pets', 'GET /', 'PUT /rooms/{room}/users/{user}',
].map((key) => routeOf(key));

test.each<[string, string, string, Record<string, string>?]>([
  // From the developer guide.
  ['GET', '/pets/dog/1', 'GET /pets/dog/1'],
  ['GET', '/pets/dog/3', 'GET /pets/dog/{id}', { id: '3' }],
  ['GET', '/pets/cat/1', 'GET /pets/{proxy+}', { proxy: 'cat/1' }],
  ['POST', '/test/5', 'ANY /{proxy+}', { proxy: 'test/5' }],
  // A more specific path comes before a more specific method.
  ['GET', '/pets/dog/2', 'ANY /pets/dog/2'],
  ['DELETE', '/pets/dog/1', 'ANY /{proxy+}', { proxy: 'pets/dog/1' }],
  ['POST', '/pets', 'POST /pets'],
  ['GET', '/', 'GET /'],
  ['POST', '/', '$default'],
  // A trailing slash makes it another path.
  ['POST', '/pets/', 'ANY /{proxy+}', { proxy: 'pets/' }],
  ['PUT', '/rooms/a b/users/ü', 'PUT /rooms/{room}/users/{user}', { room: 'a b', user: 'ü' }],
  ['PUT', '/rooms//users/u', 'ANY /{proxy+}', { proxy: 'rooms//users/u' }],
])('%s %s takes the route %s', (method, path, key, parameters = {}) => {
  for (const routes of [ROUTES, [...ROUTES].reverse()]) {
    const selected = selectRoute(routes, method, path);
    expect([selected?.route.key, selected?.parameters]).toEqual([key, parameters]);
  }
});

test('a request that fits no route selects none', () => {
  expect(selectRoute([routeOf('GET /rooms')], 'GET', '/room')).toBeUndefined();
  expect(selectRoute([routeOf('GET /rooms')], 'POST', '/rooms')).toBeUndefined();
  expect(selectRoute([routeOf('GET /{proxy+}')], 'GET', '/')).toBeUndefined();
});
