/** A value in DynamoDB's JSON: `{ S: 'text' }`. */
export type Value = Readonly<Record<string, unknown>>;

/** Members and list indexes that lead to a value. */
export type Path = readonly (string | number)[];

/** Expression of a condition or an assignment. */
export type Expression =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly inner: Expression }
  | { readonly kind: 'between'; readonly of: Expression; readonly low: Expression; readonly high: Expression }
  | { readonly kind: 'in'; readonly of: Expression; readonly list: readonly Expression[] };

export type Returning = 'ALL_OLD' | 'ALL_NEW' | 'UPDATED_OLD' | 'UPDATED_NEW';

export type Change =
  | { readonly kind: 'set'; readonly path: Path; readonly to: Expression }
  | { readonly kind: 'remove'; readonly path: Path };

/** A PartiQL statement that DynamoDB supports. */
export type Statement =
  | {
    readonly kind: 'select';
    readonly table: string;
    readonly index?: string;
    /** Absent for the whole item. */
    readonly paths?: readonly Path[];
    readonly where?: Expression;
    readonly orderBy?: { readonly name: string; readonly isDescending: boolean };
  }
  | { readonly kind: 'insert'; readonly table: string; readonly item: Value }
  | { readonly kind: 'update'; readonly table: string; readonly changes: readonly Change[]; readonly where: Expression; readonly returning?: Returning }
  | { readonly kind: 'delete'; readonly table: string; readonly where: Expression; readonly returning?: Returning };
