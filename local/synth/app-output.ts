import { cut } from '../errors';

/** So many lines of what an app printed help to see why it failed. */
const KEPT_LINES = 200;

/** What the CDK prints when it bundles code, and what esbuild prints of it: nothing that anybody waits for. */
const BUNDLING = /^Bundling asset (.+?)(\/Code)?\/Stage\.\.\.$/;
const CHATTER = [
  /^\s*$/,
  // The name of a bundle, and its size.
  /^\s+\S+\.[cm]?js(\.map)?\s+[\d.]+\s?[kmg]?b( .*)?$/i,
  /^⚡ Done in \d+m?s$/,
  // Its command line, as npm and yarn repeat it.
  /^(> |\$ )?(\S+ )*\S*esbuild(\.\w+)? .*--bundle\b/,
];

export interface AppOutputOptions {
  /** Prints a line. */
  readonly print: (line: string) => void;
  /** Is told which construct's code is bundled. */
  readonly onBundling: (path: string) => void;
  /** Prints nothing unless the app fails. */
  readonly quiet: boolean;
}

/** Lets through what an app prints while it synthesises, but for the chatter of its tools. */
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

  /** The app has failed: what was held back may say why. */
  failed(): void {
    for (const line of this.held.splice(0)) this.options.print(line);
  }
}
