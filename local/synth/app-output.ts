import { cut } from '../errors';

/** Lines that are kept of an app's output, to explain a failure. */
const KEPT_LINES = 200;

/** Output of bundling by the CDK and esbuild, which needs no attention. */
const BUNDLING = /^Bundling asset (.+?)(\/Code)?\/Stage\.\.\.$/;
const CHATTER = [
  /^\s*$/,
  // Name and size of a bundle.
  /^\s+\S+\.[cm]?js(\.map)?\s+[\d.]+\s?[kmg]?b( .*)?$/i,
  /^⚡ Done in \d+m?s$/,
  // Command line, as npm and yarn repeat it.
  /^(> |\$ )?(\S+ )*\S*esbuild(\.\w+)? .*--bundle\b/,
];

/** Errors of the CDK, on all its versions, where it bundles in a container and Docker does not run. */
const DOCKER = /Cannot connect to the Docker daemon|\bspawnSync (\S*\/)?docker ENOENT\b|^Error: docker exited with status \d+/;
const DOCKER_HINT = '; it bundles code with Docker, which does not run: start Docker, or install esbuild in the project for functions in Node.js';

export interface AppOutputOptions {
  /** Prints a line. */
  readonly print: (line: string) => void;
  /** Called with each construct whose code is bundled. */
  readonly onBundling: (path: string) => void;
  /** Whether to print nothing unless the app fails. */
  readonly quiet: boolean;
}

/** Prints the output of an app while it synthesises, without that of its bundling tools. */
export class AppOutput {
  private readonly held: string[] = [];
  private needsDocker = false;

  constructor(private readonly options: AppOutputOptions) {}

  readonly line = (line: string): void => {
    const { print, onBundling, quiet } = this.options;
    const [, bundled] = BUNDLING.exec(line) ?? [];
    if (bundled !== undefined) return onBundling(cut(bundled));
    this.needsDocker ||= DOCKER.test(line);
    if (CHATTER.some((pattern) => pattern.test(line))) return;
    if (!quiet) return print(line);
    this.held.push(line);
    if (this.held.length > KEPT_LINES) this.held.shift();
  };

  /** Prints the withheld output after a failure, which may explain it. Returns what to add to the error. */
  failed(): string {
    for (const line of this.held.splice(0)) this.options.print(line);
    return this.needsDocker ? DOCKER_HINT : '';
  }
}
