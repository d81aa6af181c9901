/** Where a stack is deployed, as far as its template can tell. */
export interface Environment {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly urlSuffix: string;
  readonly stackId: string;
  readonly stackName: string;
}

/** What CloudFormation would say of a resource: its `Ref`, and the attributes that `Fn::GetAtt` reads. */
export interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Gives a resource the name that it would have on AWS. Names that AWS makes up are made of a hash here, so that they stay
 * the same from run to run.
 *
 * @param property reads a property of the resource, resolved
 */
export type Identify = (name: string, environment: Environment, property: (name: string) => unknown) => Identity;
