import type { Expression, Path, Value } from './statement';
import { malformed } from './tokens';

/** Functions of conditions that PartiQL and expressions share. */
const CONDITIONS = new Set(['begins_with', 'contains', 'size', 'attribute_type', 'attribute_not_exists', 'attribute_exists']);

/** Converts parts of a statement to DynamoDB expressions, with placeholders for all names and values. */
export class Expressions {
  private readonly names = new Map<string, string>();
  private readonly values: Value[] = [];

  /** Members of a request that define the placeholders. */
  get placeholders(): object {
    return {
      ...this.names.size > 0 && { ExpressionAttributeNames: Object.fromEntries([...this.names].map(([name, placeholder]) => [placeholder, name])) },
      ...this.values.length > 0 && { ExpressionAttributeValues: Object.fromEntries(this.values.map((value, index) => [`:v${index}`, value])) },
    };
  }

  condition(expression: Expression): string {
    switch (expression.kind) {
      case 'path': return this.path(expression.path);
      case 'value': return this.value(expression.value);
      case 'call': return this.call(expression.name, expression.args);
      case 'binary': return `(${this.condition(expression.left)} ${expression.operator} ${this.condition(expression.right)})`;
      case 'not': return `(NOT ${this.condition(expression.inner)})`;
      case 'between': return `(${this.condition(expression.of)} BETWEEN ${this.condition(expression.low)} AND ${this.condition(expression.high)})`;
      case 'in': return `(${this.condition(expression.of)} IN (${expression.list.map((each) => this.condition(each)).join(', ')}))`;
    }
  }

  /** Returns the operand of an assignment. */
  operand(expression: Expression): string {
    switch (expression.kind) {
      case 'path':
      case 'value': return this.condition(expression);
      case 'binary': return `${this.operand(expression.left)} ${expression.operator} ${this.operand(expression.right)}`;
      case 'call': return `${known(expression.name, ['list_append', 'if_not_exists'])}(${expression.args.map((each) => this.operand(each)).join(', ')})`;
      default: throw malformed('a condition is no value');
    }
  }

  path(path: Path): string {
    return path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${this.name(part)}`)).join('').slice(1);
  }

  value(value: Value): string {
    return `:v${this.values.push(value) - 1}`;
  }

  private call(name: string, args: readonly Expression[]): string {
    return `${known(name, [...CONDITIONS])}(${args.map((each) => this.condition(each)).join(', ')})`;
  }

  private name(name: string): string {
    const placeholder = this.names.get(name) ?? `#n${this.names.size}`;
    this.names.set(name, placeholder);
    return placeholder;
  }
}

function known(name: string, names: readonly string[]): string {
  if (!names.includes(name)) throw malformed(`there is no function ${name}`);
  return name;
}
