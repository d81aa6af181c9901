import picomatch from 'picomatch';

/** Matches relative paths with forward slashes like `cdk watch`, where a directory stands for all its files. */
export function matcher(patterns: readonly string[]): (path: string) => boolean {
  const bare = patterns.map((pattern) => pattern.replace(/^\.\//, '').replace(/\/$/, ''));
  return picomatch(bare.flatMap((pattern) => [pattern, `${pattern}/**`]), { dot: true });
}
