import type { Control } from '@greengate/contracts'
import { control as cmp01 } from './cmp-01/control.ts'
import { control as cmp02 } from './cmp-02/control.ts'
import { control as cmp03 } from './cmp-03/control.ts'
import { control as cmp04 } from './cmp-04/control.ts'
import { control as cmp05 } from './cmp-05/control.ts'
import { control as cmp06 } from './cmp-06/control.ts'
import { control as cmp07 } from './cmp-07/control.ts'
import { control as cmp08 } from './cmp-08/control.ts'

/** Every control of the family, in the order of its number. */
export const cmp: readonly Control[] = [cmp01, cmp02, cmp03, cmp04, cmp05, cmp06, cmp07, cmp08]
