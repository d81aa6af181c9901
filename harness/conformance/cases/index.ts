import type { Case } from '../case';
import { BODIES } from './bodies';
import { GONE_CASES } from './gone';
import { PACE_CASES } from './pace';
import { RECIPIENTS } from './recipients';
import { TABLE } from './table';
import { TROUBLE } from './trouble';

export const CASES: readonly Case[] = [...RECIPIENTS, ...GONE_CASES, ...TROUBLE, ...TABLE, ...BODIES, ...PACE_CASES];
