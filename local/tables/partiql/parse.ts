import type { Change, Expression, Path, Returning, Statement, Value } from './statement';
import { malformed, tokensOf, type Token } from './tokens';

const COMPARISONS: Readonly<Record<string, string>> = { '=': '=', '<>': '<>', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' };

const RETURNING: Readonly<Record<string, Returning>> = {
  'ALL OLD': 'ALL_OLD', 'ALL NEW': 'ALL_NEW', 'MODIFIED OLD': 'UPDATED_OLD', 'MODIFIED NEW': 'UPDATED_NEW',
};

/**
 * Parses a PartiQL statement.
 *
 * @param parameters values of its question marks, in order
 */
export function parseStatement(statement: string, parameters: readonly Value[]): Statement {
  return new Parser(tokensOf(statement), parameters).statement();
}

class Parser {
  private at = 0;
  private given = 0;

  constructor(private readonly tokens: readonly Token[], private readonly parameters: readonly Value[]) {}

  statement(): Statement {
    const statement = this.takesWord('SELECT') ? this.select() : this.takesWord('INSERT') ? this.insert()
      : this.takesWord('UPDATE') ? this.update() : this.takesWord('DELETE') ? this.delete() : undefined;
    if (!statement) throw malformed(`it must begin with SELECT, INSERT, UPDATE or DELETE, got '${this.token.text}'`);
    if (this.token.kind !== 'end') throw malformed(`unexpected '${this.token.text}'`);
    if (this.given !== this.parameters.length) throw malformed(`it has ${this.given} parameters, got ${this.parameters.length}`);
    return statement;
  }

  private select(): Statement {
    const paths = this.takes('*') ? undefined : this.list(() => this.path());
    this.word('FROM');
    const table = this.name();
    const index = this.takes('.') ? this.name() : undefined;
    const where = this.takesWord('WHERE') ? this.either() : undefined;
    return { kind: 'select', table, index, paths, where, orderBy: this.takesWord('ORDER') ? this.order() : undefined };
  }

  private order(): { name: string; isDescending: boolean } {
    this.word('BY');
    // The partition key may come first: it is the same for all items.
    const [order] = this.list(() => {
      const name = this.name();
      const isDescending = this.takesWord('DESC');
      if (!isDescending) this.takesWord('ASC');
      return { name, isDescending };
    }).slice(-1);
    return order;
  }

  private insert(): Statement {
    this.word('INTO');
    const table = this.name();
    this.word('VALUE');
    const value = this.value();
    if (typeof value.M !== 'object') throw malformed('the value of INSERT must be an item in braces');
    return { kind: 'insert', table, item: value.M as Value };
  }

  private update(): Statement {
    const table = this.name();
    const changes: Change[] = [];
    for (;;) {
      if (this.takesWord('SET')) changes.push(...this.list(() => this.assignment()));
      else if (this.takesWord('REMOVE')) changes.push(...this.list((): Change => ({ kind: 'remove', path: this.path() })));
      else break;
    }
    if (changes.length === 0) throw malformed('UPDATE must SET or REMOVE something');
    this.word('WHERE');
    return { kind: 'update', table, changes, where: this.either(), returning: this.returning() };
  }

  private assignment(): Change {
    const path = this.path();
    this.symbol('=');
    return { kind: 'set', path, to: this.sum() };
  }

  private delete(): Statement {
    this.word('FROM');
    const table = this.name();
    this.word('WHERE');
    return { kind: 'delete', table, where: this.either(), returning: this.returning() };
  }

  private returning(): Returning | undefined {
    if (!this.takesWord('RETURNING')) return undefined;
    const words = `${this.next().text} ${this.next().text}`.toUpperCase();
    this.symbol('*');
    if (!Object.hasOwn(RETURNING, words)) throw malformed(`RETURNING must be followed by one of ${Object.keys(RETURNING).join(', ')}, got ${words}`);
    return RETURNING[words];
  }

  private either(): Expression {
    let left = this.both();
    while (this.takesWord('OR')) left = { kind: 'binary', operator: 'OR', left, right: this.both() };
    return left;
  }

  private both(): Expression {
    let left = this.condition();
    while (this.takesWord('AND')) left = { kind: 'binary', operator: 'AND', left, right: this.condition() };
    return left;
  }

  private condition(): Expression {
    if (this.takesWord('NOT')) return { kind: 'not', inner: this.condition() };
    const of = this.sum();
    if (this.takesWord('IS')) return this.is(of);
    const isNot = this.takesWord('NOT');
    const result = this.takesWord('BETWEEN') ? this.between(of) : this.takesWord('IN') ? this.in(of) : isNot ? undefined : this.compared(of);
    if (!result) throw malformed(`unexpected '${this.token.text}' after NOT`);
    return isNot ? { kind: 'not', inner: result } : result;
  }

  private compared(left: Expression): Expression {
    const { kind, text } = this.token;
    if (kind !== 'symbol' || !Object.hasOwn(COMPARISONS, text)) return left;
    this.next();
    return { kind: 'binary', operator: COMPARISONS[text], left, right: this.sum() };
  }

  private is(of: Expression): Expression {
    const isNot = this.takesWord('NOT');
    const test: Expression = this.takesWord('MISSING')
      ? { kind: 'call', name: 'attribute_not_exists', args: [of] }
      : { kind: 'call', name: 'attribute_type', args: [of, { kind: 'value', value: { S: this.word('NULL') } }] };
    return isNot ? { kind: 'not', inner: test } : test;
  }

  private between(of: Expression): Expression {
    const low = this.sum();
    this.word('AND');
    return { kind: 'between', of, low, high: this.sum() };
  }

  private in(of: Expression): Expression {
    const end = this.takes('[') ? ']' : this.symbol('(') && ')';
    const list = this.list(() => this.sum());
    this.symbol(end);
    return { kind: 'in', of, list };
  }

  private sum(): Expression {
    let left = this.operand();
    for (;;) {
      const operator = this.takes('+') ? '+' : this.takes('-') ? '-' : undefined;
      if (operator === undefined) return left;
      left = { kind: 'binary', operator, left, right: this.operand() };
    }
  }

  private operand(): Expression {
    const { kind, text } = this.token;
    if (kind === 'symbol' && text === '(') {
      this.next();
      const inner = this.either();
      this.symbol(')');
      return inner;
    }
    if (kind === 'word' && this.tokens[this.at + 1].text === '(' && this.tokens[this.at + 1].kind === 'symbol') return this.call();
    const isLiteral = kind === 'word' ? /^(true|false|null)$/i.test(text) : kind !== 'quoted';
    return isLiteral ? { kind: 'value', value: this.value() } : { kind: 'path', path: this.path() };
  }

  private call(): Expression {
    const name = this.next().text.toLowerCase();
    this.symbol('(');
    const args = this.list(() => this.sum());
    this.symbol(')');
    return { kind: 'call', name, args };
  }

  private path(): Path {
    const path: (string | number)[] = [this.name()];
    for (;;) {
      if (this.takes('.')) {
        path.push(this.name());
      } else if (this.takes('[')) {
        const { kind, text } = this.next();
        if (kind !== 'number' && kind !== 'text') throw malformed(`'${text}' is no item of a list`);
        path.push(kind === 'number' ? Number(text) : text);
        this.symbol(']');
      } else {
        return path;
      }
    }
  }

  private value(): Value {
    const { kind, text } = this.next();
    if (kind === 'end') throw malformed('it ends where a value should be');
    if (kind === 'text') return { S: text };
    if (kind === 'number') return { N: text };
    if (kind === 'word') return this.constant(text);
    switch (text) {
      case '?': return this.parameter();
      case '-': return { N: `-${this.number()}` };
      case '[': return { L: this.until(']', () => this.value()) };
      case '{': return { M: Object.fromEntries(this.until('}', () => this.member())) };
      case '<<': return setOf(this.until('>>', () => this.value()));
      default: throw malformed(`'${text}' is no value`);
    }
  }

  private constant(text: string): Value {
    switch (text.toLowerCase()) {
      case 'true': return { BOOL: true };
      case 'false': return { BOOL: false };
      case 'null': return { NULL: true };
      default: throw malformed(`'${text}' is no value`);
    }
  }

  private member(): [string, Value] {
    const { kind, text } = this.next();
    if (kind !== 'text' && kind !== 'quoted') throw malformed(`'${text}' must be in quotes`);
    this.symbol(':');
    return [text, this.value()];
  }

  private parameter(): Value {
    const value = this.parameters[this.given];
    this.given++;
    if (value === undefined) throw malformed(`it has more parameters than the ${this.parameters.length} that are given`);
    return value;
  }

  private number(): string {
    const { kind, text } = this.next();
    if (kind !== 'number') throw malformed(`'${text}' is no number`);
    return text;
  }

  private name(): string {
    const { kind, text } = this.next();
    if (kind !== 'word' && kind !== 'quoted') throw malformed(`'${text}' is no name`);
    return text;
  }

  private list<T>(read: () => T): T[] {
    const items = [read()];
    while (this.takes(',')) items.push(read());
    return items;
  }

  /** Reads a list that may be empty and ends with a symbol. */
  private until<T>(end: string, read: () => T): T[] {
    if (this.takes(end)) return [];
    const items = this.list(read);
    this.symbol(end);
    return items;
  }

  private get token(): Token {
    return this.tokens[this.at];
  }

  private next(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.at++;
    return token;
  }

  private takes(symbol: string): boolean {
    const isNext = this.token.kind === 'symbol' && this.token.text === symbol;
    if (isNext) this.at++;
    return isNext;
  }

  private symbol(symbol: string): string {
    if (!this.takes(symbol)) throw malformed(`'${symbol}' is missing before '${this.token.text}'`);
    return symbol;
  }

  private takesWord(word: string): boolean {
    const isNext = this.token.kind === 'word' && this.token.text.toUpperCase() === word;
    if (isNext) this.at++;
    return isNext;
  }

  private word(word: string): string {
    if (!this.takesWord(word)) throw malformed(`${word} is missing before '${this.token.text}'`);
    return word;
  }
}

/** Builds a set, whose values all are texts, numbers or bytes. */
function setOf(values: readonly Value[]): Value {
  const types = [...new Set(values.flatMap((value) => Object.keys(value)))];
  if (types.length !== 1 || !['S', 'N', 'B'].includes(types[0])) throw malformed('a set must have values of one type: texts, numbers or bytes');
  return { [`${types[0]}S`]: values.map((value) => value[types[0]]) };
}
