import { ConditionalCheckFailedException, type UpdateItemCommand } from '@aws-sdk/client-dynamodb';

/** The item of the shared rate. Knows no more of DynamoDB's expressions than what is sent to it. */
export class PaceItem {
  private t?: number;

  update({ input }: UpdateItemCommand): { Attributes: { t: { N: string } } } {
    const value = (name: string) => Number(input.ExpressionAttributeValues![name].N);
    if (!this.holds(input.ConditionExpression!, value)) {
      const Item = this.t === undefined ? undefined : { t: { N: String(this.t) } };
      throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {}, Item });
    }
    if (input.UpdateExpression === 'SET #t = #t + :cost') this.t = this.t! + value(':cost');
    else if (input.UpdateExpression === 'SET #t = :next') this.t = value(':next');
    else throw new Error(`not an update that is known here: ${input.UpdateExpression}`);
    return { Attributes: { t: { N: String(this.t) } } };
  }

  private holds(condition: string, value: (name: string) => number): boolean {
    const { t } = this;
    if (condition === '#t BETWEEN :from AND :latest') return t !== undefined && t >= value(':from') && t <= value(':latest');
    if (condition === 'attribute_not_exists(#t) OR #t < :from OR #t > :absurd') return t === undefined || t < value(':from') || t > value(':absurd');
    throw new Error(`not a condition that is known here: ${condition}`);
  }
}
