import type { Control } from '@greengate/contracts'
import { control as prf01 } from './prf-01/control.ts'
import { control as prf02 } from './prf-02/control.ts'
import { control as prf03 } from './prf-03/control.ts'
import { control as prf04 } from './prf-04/control.ts'
import { control as prf05 } from './prf-05/control.ts'
import { control as prf06 } from './prf-06/control.ts'
import { control as prf07 } from './prf-07/control.ts'
import { control as prf08 } from './prf-08/control.ts'

/** Every control of the family, in the order of its number. */
export const prf: readonly Control[] = [prf01, prf02, prf03, prf04, prf05, prf06, prf07, prf08]
