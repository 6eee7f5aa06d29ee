import type { Control } from '@greengate/contracts'
import { control as sup01 } from './sup-01/control.ts'
import { control as sup02 } from './sup-02/control.ts'
import { control as sup03 } from './sup-03/control.ts'
import { control as sup04 } from './sup-04/control.ts'
import { control as sup05 } from './sup-05/control.ts'
import { control as sup06 } from './sup-06/control.ts'
import { control as sup07 } from './sup-07/control.ts'
import { control as sup08 } from './sup-08/control.ts'

/** Every control of the family, in the order of its number. */
export const sup: readonly Control[] = [sup01, sup02, sup03, sup04, sup05, sup06, sup07, sup08]
