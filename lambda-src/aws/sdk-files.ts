/*
 * Stands in for `node:fs/promises` when the handlers are bundled (an alias in projenrc/bundles.ts): the SDK looks for settings in the
 * files of a developer's home, which a Lambda function does not have. Its settings are in its environment. Loading what reads files is a
 * twentieth of the cold start.
 */

/** Tells the SDK that there is no such file. */
export function readFile(path: string): Promise<never> {
  return Promise.reject(new Error(`no file is read, got: ${path}; set the function's environment variables`));
}
