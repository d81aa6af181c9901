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

  constructor(private readonly options: AppOutputOptions) {}

  readonly line = (line: string): void => {
    const { print, onBundling, quiet } = this.options;
    const [, bundled] = BUNDLING.exec(line) ?? [];
    if (bundled !== undefined) return onBundling(cut(bundled));
    if (CHATTER.some((pattern) => pattern.test(line))) return;
    if (!quiet) return print(line);
    this.held.push(line);
    if (this.held.length > KEPT_LINES) this.held.shift();
  };

  /** Prints the withheld output after a failure, which may explain it. */
  failed(): void {
    for (const line of this.held.splice(0)) this.options.print(line);
  }
}
