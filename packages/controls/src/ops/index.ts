import type { Control } from '@greengate/contracts'
import { control as ops01 } from './ops-01/control.ts'
import { control as ops02 } from './ops-02/control.ts'
import { control as ops03 } from './ops-03/control.ts'
import { control as ops04 } from './ops-04/control.ts'
import { control as ops05 } from './ops-05/control.ts'
import { control as ops06 } from './ops-06/control.ts'
import { control as ops07 } from './ops-07/control.ts'
import { control as ops08 } from './ops-08/control.ts'
import { control as ops09 } from './ops-09/control.ts'
import { control as ops10 } from './ops-10/control.ts'
import { control as ops11 } from './ops-11/control.ts'
import { control as ops12 } from './ops-12/control.ts'

/** Every control of the family, in the order of its number. */
export const ops: readonly Control[] = [
  ops01,
  ops02,
  ops03,
  ops04,
  ops05,
  ops06,
  ops07,
  ops08,
  ops09,
  ops10,
  ops11,
  ops12,
]
