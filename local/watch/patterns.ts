import picomatch from 'picomatch';

/** Matches relative paths with forward slashes against patterns as `cdk watch` does, where a directory stands for all that is in it. */
export function matcher(patterns: readonly string[]): (path: string) => boolean {
  const bare = patterns.map((pattern) => pattern.replace(/^\.\//, '').replace(/\/$/, ''));
  return picomatch(bare.flatMap((pattern) => [pattern, `${pattern}/**`]), { dot: true });
}
