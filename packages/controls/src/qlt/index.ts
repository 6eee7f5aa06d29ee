import type { Control } from '@greengate/contracts'
import { control as qlt01 } from './qlt-01/control.ts'
import { control as qlt02 } from './qlt-02/control.ts'
import { control as qlt03 } from './qlt-03/control.ts'
import { control as qlt04 } from './qlt-04/control.ts'
import { control as qlt05 } from './qlt-05/control.ts'
import { control as qlt06 } from './qlt-06/control.ts'
import { control as qlt07 } from './qlt-07/control.ts'
import { control as qlt08 } from './qlt-08/control.ts'
import { control as qlt09 } from './qlt-09/control.ts'
import { control as qlt10 } from './qlt-10/control.ts'
import { control as qlt11 } from './qlt-11/control.ts'
import { control as qlt12 } from './qlt-12/control.ts'

/** Every control of the family, in the order of its number. */
export const qlt: readonly Control[] = [
  qlt01,
  qlt02,
  qlt03,
  qlt04,
  qlt05,
  qlt06,
  qlt07,
  qlt08,
  qlt09,
  qlt10,
  qlt11,
  qlt12,
]
