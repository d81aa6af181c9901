interface Named {
  readonly name: string;
  readonly path: string;
}

/**
 * Returns the first resource of each name. Names are unique within a region on AWS, but here one database, for example, serves all regions.
 *
 * @param consequence effect on a second resource of the same name
 * @param notices receives a sentence for each that is not the first
 */
export function firstOfEachName<T extends Named>(models: readonly T[], consequence: string, notices: string[]): T[] {
  const paths = new Map<string, string>();
  return models.filter(({ name, path }) => {
    const other = paths.get(name);
    if (other === undefined) paths.set(name, path);
    else notices.push(`${path}: its name '${name}' is also the name of ${other}, in another region or account; ${consequence}`);
    return other === undefined;
  });
}
