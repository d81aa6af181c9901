/*
 * Replaces `node:fs/promises` when the handlers are bundled (an alias in projenrc/bundles.ts). The SDK looks for settings in files of
 * a developer's home directory, which a Lambda function does not have: its settings are in its environment. Loading the code that reads
 * files is a twentieth of the cold start.
 */

/** Rejects as if there were no such file. */
export function readFile(path: string): Promise<never> {
  return Promise.reject(new Error(`no file is read, got: ${path}; set the function's environment variables`));
}
