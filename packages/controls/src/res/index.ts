import type { Control } from '@greengate/contracts'
import { control as res01 } from './res-01/control.ts'
import { control as res02 } from './res-02/control.ts'
import { control as res03 } from './res-03/control.ts'
import { control as res04 } from './res-04/control.ts'
import { control as res05 } from './res-05/control.ts'
import { control as res06 } from './res-06/control.ts'
import { control as res07 } from './res-07/control.ts'
import { control as res08 } from './res-08/control.ts'
import { control as res09 } from './res-09/control.ts'
import { control as res10 } from './res-10/control.ts'
import { control as res11 } from './res-11/control.ts'
import { control as res12 } from './res-12/control.ts'
import { control as res13 } from './res-13/control.ts'
import { control as res14 } from './res-14/control.ts'
import { control as res15 } from './res-15/control.ts'
import { control as res16 } from './res-16/control.ts'
import { control as res17 } from './res-17/control.ts'
import { control as res18 } from './res-18/control.ts'
import { control as res19 } from './res-19/control.ts'
import { control as res20 } from './res-20/control.ts'
import { control as res21 } from './res-21/control.ts'
import { control as res22 } from './res-22/control.ts'
import { control as res23 } from './res-23/control.ts'
import { control as res24 } from './res-24/control.ts'
import { control as res25 } from './res-25/control.ts'
import { control as res26 } from './res-26/control.ts'

/** Every control of the family, in the order of its number. */
export const res: readonly Control[] = [
  res01,
  res02,
  res03,
  res04,
  res05,
  res06,
  res07,
  res08,
  res09,
  res10,
  res11,
  res12,
  res13,
  res14,
  res15,
  res16,
  res17,
  res18,
  res19,
  res20,
  res21,
  res22,
  res23,
  res24,
  res25,
  res26,
]
