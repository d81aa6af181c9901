/** Account, region and names of a stack, as far as its template shows them. */
export interface Environment {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly urlSuffix: string;
  readonly stackId: string;
  readonly stackName: string;
}

/** Values that CloudFormation would return for a resource: its `Ref`, and the attributes for `Fn::GetAtt`. */
export interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Gives a resource the name that it would have on AWS. Generated names end with a hash, so that they stay the same from run to run.
 *
 * @param property reads a property of the resource, resolved
 */
export type Identify = (name: string, environment: Environment, property: (name: string) => unknown) => Identity;
