/*
 * Resolves imports of an ES module on Node.js before 22.15, which has no `module.registerHooks`. An AWS SDK that is not beside the code is
 * the project's. Runs in Node.js's own thread for such hooks.
 */

/** @type {{ provided: RegExp, parentURLs: string[], moduleURL?: string }} */
let settings;

export function initialize(data) {
  settings = data;
}

export async function resolve(specifier, context, next) {
  const resolved = await resolveProvided(specifier, context, next);
  // Node.js before 20.19 treats a `.js` file as CommonJS even if it is an ES module.
  return resolved.url === settings.moduleURL ? { ...resolved, format: 'module' } : resolved;
}

/** Returns the first result that does not fail; otherwise rejects with the first error. */
async function firstOf(candidates, attempt) {
  let failure;
  for (const candidate of candidates) {
    try {
      return await attempt(candidate);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

async function resolveProvided(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!settings.provided.test(specifier)) throw error;
    return firstOf(settings.parentURLs, (parentURL) => next(specifier, { ...context, parentURL }));
  }
}
