interface Named {
  readonly name: string;
  readonly path: string;
}

/**
 * On AWS names are unique in a region; here one database, say, stands for all regions. Returns the first of each name.
 *
 * @param consequence what it means for a second one
 * @param notices gets a sentence for each that is not the first
 */
export function firstOfEachName<T extends Named>(models: readonly T[], consequence: string, notices: string[]): T[] {
  const paths = new Map<string, string>();
  return models.filter(({ name, path }) => {
    const other = paths.get(name);
    if (other === undefined) paths.set(name, path);
    else notices.push(`${path}: its name '${name}' is that of ${other}, too, in another region or account; ${consequence}`);
    return other === undefined;
  });
}
