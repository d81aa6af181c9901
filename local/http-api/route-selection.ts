import type { HttpRouteModel } from '../model/http-apis';

/** Selected route, with the values of its path variables. */
export interface Selected {
  readonly route: HttpRouteModel;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Order of path segments: a fixed text is more specific than a variable, and a variable more than one for the rest of the path. */
const TEXT = 0;
const VARIABLE = 1;
const GREEDY = 2;

interface Match extends Selected {
  /** Rank of each segment, then of the method. The lowest rank is the most specific. */
  readonly rank: string;
}

/**
 * Selects the route of a request: one for its whole path, else one for a prefix of it, else `$default`. A route for its method comes before
 * one for any method.
 *
 * @param path decoded path without the stage
 */
export function selectRoute(routes: readonly HttpRouteModel[], method: string, path: string): Selected | undefined {
  const [best] = routes.flatMap((route) => match(route, method, path) ?? []).sort((one, other) => (one.rank < other.rank ? -1 : 1));
  if (best) return best;
  const fallback = routes.find(({ key }) => key === '$default');
  return fallback && { route: fallback, parameters: {} };
}

/** Returns the path of a route without its method: `/rooms/{id}`. */
export function resourceOf({ key }: Pick<HttpRouteModel, 'key'>): string {
  return key.replace(/^\S+ /, '');
}

function match(route: HttpRouteModel, method: string, path: string): Match | undefined {
  const [routeMethod, resource] = route.key.split(' ');
  if (resource === undefined || (routeMethod !== method && routeMethod !== 'ANY')) return undefined;
  const wanted = resource.split('/').slice(1);
  const segments = path.split('/').slice(1);
  const parameters: Record<string, string> = {};
  const rank: number[] = [];
  for (const [index, pattern] of wanted.entries()) {
    const [, name, plus] = /^\{([^}+]+)(\+?)\}$/.exec(pattern) ?? [];
    const value = plus ? segments.slice(index).join('/') : segments[index];
    // A variable needs a value.
    if (value === undefined || (name === undefined ? value !== pattern : value === '')) return undefined;
    if (name !== undefined) parameters[name] = value;
    rank.push(name === undefined ? TEXT : plus ? GREEDY : VARIABLE);
    if (plus) segments.length = wanted.length;
  }
  if (segments.length !== wanted.length) return undefined;
  return { route, parameters, rank: rank.join('') + (routeMethod === 'ANY' ? '.1' : '.0') };
}
