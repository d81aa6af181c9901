/** Most wrong letters of a misspelled name. */
const MAX_TYPOS = 2;

/** Returns the name that a misspelled one probably means; undefined if none is near. */
export function nearMiss(written: string, names: readonly string[]): string | undefined {
  const distances = names.map((name) => ({ name, typos: typosBetween(written.toLowerCase(), name.toLowerCase()) }));
  // In a short name, two wrong letters make another name.
  const near = distances.filter(({ name, typos }) => name !== written && typos <= Math.min(MAX_TYPOS, Math.floor(name.length / 3)));
  return near.sort((one, other) => one.typos - other.typos)[0]?.name;
}

/** Counts the letters to add, remove, replace or swap with the next one. */
function typosBetween(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > MAX_TYPOS) return Infinity;
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (isSame ? 0 : 1), isSwapped ? beforeLast[j - 2] + 1 : Infinity);
    }
    [beforeLast, last] = [last, row];
  }
  return last[other.length];
}
