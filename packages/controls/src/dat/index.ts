import type { Control } from '@greengate/contracts'
import { control as dat01 } from './dat-01/control.ts'
import { control as dat02 } from './dat-02/control.ts'
import { control as dat03 } from './dat-03/control.ts'
import { control as dat04 } from './dat-04/control.ts'
import { control as dat05 } from './dat-05/control.ts'
import { control as dat06 } from './dat-06/control.ts'
import { control as dat07 } from './dat-07/control.ts'
import { control as dat08 } from './dat-08/control.ts'
import { control as dat09 } from './dat-09/control.ts'
import { control as dat10 } from './dat-10/control.ts'
import { control as dat11 } from './dat-11/control.ts'
import { control as dat12 } from './dat-12/control.ts'
import { control as dat13 } from './dat-13/control.ts'
import { control as dat14 } from './dat-14/control.ts'
import { control as dat15 } from './dat-15/control.ts'
import { control as dat16 } from './dat-16/control.ts'
import { control as dat17 } from './dat-17/control.ts'
import { control as dat18 } from './dat-18/control.ts'
import { control as dat19 } from './dat-19/control.ts'
import { control as dat20 } from './dat-20/control.ts'
import { control as dat21 } from './dat-21/control.ts'
import { control as dat22 } from './dat-22/control.ts'
import { control as dat23 } from './dat-23/control.ts'
import { control as dat24 } from './dat-24/control.ts'

/** Every control of the family, in the order of its number. */
export const dat: readonly Control[] = [
  dat01,
  dat02,
  dat03,
  dat04,
  dat05,
  dat06,
  dat07,
  dat08,
  dat09,
  dat10,
  dat11,
  dat12,
  dat13,
  dat14,
  dat15,
  dat16,
  dat17,
  dat18,
  dat19,
  dat20,
  dat21,
  dat22,
  dat23,
  dat24,
]
